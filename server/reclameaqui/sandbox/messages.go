package sandbox

// serveReply answers E5. Ids are HugMe's: a source_external_id is simply no ticket (4040).
func (s *Server) serveReply(v *visit) answer {
	f, err := readForm(v.Request, maxReply, v.sw.MessageEncoding)
	if err != nil {
		return refused(err)
	}
	id, err := ticketID(f.fields["id"])
	if err != nil {
		return refused(err)
	}
	if err := f.require("message"); err != nil {
		return refused(err)
	}
	text, err := f.message(v.sw)
	if err == nil {
		_, err = s.ledger.change(id, func(a *act) error { return a.say(said{by: apiUser, text: text, twist: v.fault.twist()}) })
	}
	if err != nil {
		return refused(err)
	}
	return v.accepted("Mensagem enviada com sucesso.")
}

// servePrivate answers E6. Whose address email is was seen both ways, so any is taken.
func (s *Server) servePrivate(v *visit) answer {
	f, err := readForm(v.Request, maxForm, "")
	if err != nil {
		return refused(err)
	}
	id, err := ticketID(f.fields["id"])
	if err != nil {
		return refused(err)
	}
	if err := f.require("message", "email"); err != nil {
		return refused(err)
	}
	text, err := f.message(v.sw)
	if err != nil {
		return refused(err)
	}
	if _, found := s.ledger.find(id); !found {
		return refused(ErrNoComplaint)
	}
	files, err := s.keep(f.files, base(v.Request))
	if err == nil {
		m := said{by: apiUser, text: text, email: f.fields["email"], files: files, twist: v.fault.twist()}
		_, err = s.ledger.change(id, func(a *act) error { return a.tell(m) })
	}
	if err != nil {
		return refused(err)
	}
	return v.accepted("Mensagem privada enviada com sucesso.")
}

// serveEndThread answers E7.
func (s *Server) serveEndThread(v *visit) answer {
	id, err := ticketID(v.PathValue("id"))
	if err == nil {
		_, err = s.ledger.change(id, func(a *act) error { return a.endThread(apiUser) })
	}
	if err != nil {
		return refused(err)
	}
	return v.accepted("Conversa privada encerrada.")
}

// serveAskEvaluation answers E8; the id comes as text or as a number.
func (s *Server) serveAskEvaluation(v *visit) answer {
	f, err := readForm(v.Request, maxReply, "")
	if err != nil {
		return refused(err)
	}
	id, err := ticketID(f.fields["id"])
	if err == nil {
		_, err = s.ledger.change(id, func(a *act) error { return a.askEvaluation(apiUser) })
	}
	if err != nil {
		return refused(err)
	}
	return v.accepted("Avaliação solicitada.")
}

// serveModeration answers E9. migrateTO is written exactly so.
func (s *Server) serveModeration(v *visit) answer {
	f, err := readForm(v.Request, maxForm, "")
	if err != nil {
		return refused(err)
	}
	id, err := ticketID(f.fields["id"])
	if err != nil {
		return refused(err)
	}
	m, err := f.moderation()
	if err != nil {
		return refused(err)
	}
	if _, found := s.ledger.find(id); !found {
		return refused(ErrNoComplaint)
	}
	m.files, err = s.keep(f.files, base(v.Request))
	if err == nil {
		_, err = s.ledger.change(id, func(a *act) error { return a.askModeration(m) })
	}
	if err != nil {
		return refused(err)
	}
	return v.accepted("Moderação solicitada.")
}

func (f form) moderation() (moderationRequest, error) {
	m := moderationRequest{by: apiUser, message: f.fields["message"]}
	if err := f.require("reason", "message"); err != nil {
		return m, err
	}
	var err error
	if m.reason, err = ticketID(f.fields["reason"]); err != nil {
		return m, refuse(4220, "O campo reason deve ser o id do motivo.")
	}
	if m.reason != reasonOtherCompany {
		return m, nil
	}
	if err := f.require("migrateTO"); err != nil {
		return m, err
	}
	id, err := ticketID(f.fields["migrateTO"])
	target, known := targetOf(id)
	if err != nil || !known {
		return m, refuse(4220, "O campo migrateTO deve ser o id de uma empresa.")
	}
	m.target = target
	return m, nil
}
