// One complaint: what it says of itself, and the conversation of both sides.
import { base, make, when, exactly } from './api.js'

const tag = (text, kind = '') => make('span', { className: 'tag ' + kind, textContent: text })

export function complaint(t) {
  return [
    make('h2', { textContent: t.complaint_title }),
    make('div', {}, ...tags(t)),
    facts(t),
    ...t.interactions.map(i => entry(t, i)),
    ...(t.sandbox.posts.filter(waits).map(waiting)),
  ]
}

function tags(t) {
  const inside = t.sandbox
  return [
    tag(t.ra_status.name, 'strong'), tag(t.hugme_status.name),
    t.request_evaluation && tag('avaliação pode ser pedida'), t.request_moderation && tag('moderação pode ser pedida'),
    t.frozen && tag('congelada', 'bad'), !t.active && tag('inativa', 'bad'),
    t.moderation.request_date && !t.moderation.response_date && tag('moderação pendente', 'bad'),
    inside.thread && tag(inside.thread === 'open' ? 'conversa privada aberta' : 'conversa privada encerrada'),
    inside.hidden && tag('sumida das listas', 'bad'), inside.malformed && tag('malformada', 'bad'),
    t.source.id !== 1 && tag(t.source.name, 'bad'),
    ...t.tags.map(each => tag(each.name)), ...t.categories.map(each => tag(each.description)),
  ]
}

function facts(t) {
  const c = t.customer
  const rows = [
    ['Ids', `HugMe ${t.id} · site ${t.source_external_id}`],
    ['Empresa', t.company.name],
    ['Consumidor', [c.name, c.city[0] && `${c.city[0].name}/${c.state[0].fs}`, c.email[0], c.phone_numbers[0]].filter(Boolean).join(' · ')],
    ['Reclamada', `${when(t.creation_date)}; alterada ${when(t.last_modification_date)}`],
    t.user.name && ['Responsável', t.user.name],
    t.rating_date && ['Avaliação', `nota ${t.rating}, ${t.resolved_issue ? 'resolvida' : 'não resolvida'}, ` +
      `${t.back_doing_business ? 'voltaria' : 'não voltaria'} a fazer negócio, ${when(t.rating_date)}`],
    t.consumer_consideration && ['Consideração do consumidor', t.consumer_consideration],
    t.company_consideration && ['Consideração da empresa', t.company_consideration],
    t.moderation.request_date && ['Moderação', `motivo ${t.moderation.reason}, ${t.moderation.status}, pedida ${when(t.moderation.request_date)}` +
      (t.moderation.response_date ? `, respondida ${when(t.moderation.response_date)}` : '')],
    t.redistributions_reason && ['Redistribuída', t.redistributions_reason],
    t.whatsapp && ['WhatsApp', t.whatsapp.evaluated ? 'avaliada pelo link' : 'pedido enviado'],
    t.duplicate_ticket.length && ['Duplicada de', t.duplicate_ticket.map(d => d.id).join(', ')],
    t.sticky_notes.length && ['Notas', t.sticky_notes.map(n => n.text).join(' · ')],
  ].filter(Boolean)
  return make('dl', { className: 'facts' }, ...rows.flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', { textContent: value })]))
}

const middle = [7, 8, 9, 10, 151]

function author(t, i) {
  if (i.responsible_name) return i.responsible_name
  if (i.customer_id) return t.customer.name
  return { 2: 'Empresa', 3: 'Empresa', 7: 'Outra pessoa' }[i.ticket_interaction_type_id] || 'Reclame Aqui'
}

function entry(t, i) {
  const type = i.ticket_interaction_type_id
  const company = !middle.includes(type) && i.customer_id === null
  const kind = ['entry', company && 'company', middle.includes(type) && 'middle', [3, 6].includes(type) && 'secret'].filter(Boolean).join(' ')
  const files = i.details.filter(d => [15, 33].includes(d.ticket_detail_type_id))
  const told = i.details.filter(d => [4, 5, 6, 7, 9, 10, 13, 34, 36].includes(d.ticket_detail_type_id))
  return make('div', { className: kind },
    make('small', { textContent: `${i.ticket_interaction_name} · ${author(t, i)} · ${when(i.creation_date)}` + (i.modification_date ? ' · alterada pelo RA' : '') }),
    make('p', { textContent: (i.message || '').replace(/\r\n|\n\r|\r/g, '\n') }),
    ...told.map(d => make('div', {}, make('small', { textContent: `${d.name}: ${d.value}` }))),
    files.length > 0 && make('div', { className: 'files' }, ...files.map(d =>
      make('a', { className: 'tag', href: `${base}/attachments/${d.ticket_detail_id}`, textContent: 'Anexo: ' + d.value.split('/').pop() }))))
}

const waits = p => ['public', 'private'].includes(p.kind) && p.interactionId === ''

function waiting(p) {
  return make('div', { className: 'entry company waiting' },
    make('small', { textContent: `Aceita ${exactly(p.at)}, aparece ${exactly(p.showAt)}` }), make('p', { textContent: p.shown }))
}
