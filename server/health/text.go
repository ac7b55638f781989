package health

import "citrus.cx/channel/server/fault"

// texts are what is said of each problem, the most urgent first.
var texts = []struct {
	code Code
	text
}{
	{PasswordUnreadable, text{
		fault.Text{
			PT: "A senha da API guardada não pode ser aberta: a chave mestra do servidor mudou ou foi perdida.",
			EN: "The stored API password cannot be opened: the server's master key has changed or was lost.",
		},
		fault.Text{
			PT: "Recupere a chave mestra anterior ou digite de novo a senha da API na configuração.",
			EN: "Bring the previous master key back, or enter the API password again in the integration.",
		},
	}},
	{CredentialsRefused, text{
		fault.Text{
			PT: "O Reclame Aqui não aceita o usuário e a senha da API.",
			EN: "Reclame Aqui does not accept the API user and password.",
		},
		fault.Text{
			PT: "Confira no Reclame Aqui se a senha da API foi trocada e salve usuário e senha na configuração; a sincronia continua sozinha.",
			EN: "Find out at Reclame Aqui whether the API password was changed, and save user and password in the integration; the sync goes on by itself.",
		},
	}},
	{LicenceEnded, text{
		fault.Text{
			PT: "A licença da API do Reclame Aqui não está vigente.",
			EN: "The licence of the Reclame Aqui API is not in force.",
		},
		fault.Text{
			PT: "Renove a licença com o Reclame Aqui; depois disso a sincronia continua sozinha.",
			EN: "Renew the licence with Reclame Aqui; after that the sync goes on by itself.",
		},
	}},
	{UpstreamUnreachable, text{
		fault.Text{
			PT: "O Reclame Aqui está fora do ar ou não pode ser alcançado.",
			EN: "Reclame Aqui is down or cannot be reached.",
		},
		fault.Text{
			PT: "Espere: a sincronia tenta de novo sozinha e nada se perde. Se durar, confira a rede do servidor e a situação do Reclame Aqui.",
			EN: "Wait: the sync tries again by itself and nothing is lost. If it lasts, check the server's network and Reclame Aqui's status.",
		},
	}},
	{UpstreamSlow, text{
		fault.Text{
			PT: "O Reclame Aqui demora demais para responder.",
			EN: "Reclame Aqui takes too long to answer.",
		},
		fault.Text{
			PT: "Espere: a sincronia tenta de novo sozinha. O resultado de respostas enviadas agora pode demorar a ser conhecido; não as envie de novo.",
			EN: "Wait: the sync tries again by itself. The fate of replies sent now may take long to be known; do not send them again.",
		},
	}},
	{UpstreamBroken, text{
		fault.Text{
			PT: "O Reclame Aqui responde com dados que não podem ser lidos.",
			EN: "Reclame Aqui answers with data that cannot be read.",
		},
		fault.Text{
			PT: "Espere: a sincronia tenta de novo sozinha. Se durar, avise o suporte do Reclame Aqui e informe o horário.",
			EN: "Wait: the sync tries again by itself. If it lasts, tell Reclame Aqui's support since when.",
		},
	}},
	{UpstreamRefuses, text{
		fault.Text{
			PT: "O Reclame Aqui recusa as consultas desta conta.",
			EN: "Reclame Aqui refuses what is asked for this account.",
		},
		fault.Text{
			PT: "Teste a conexão na configuração e peça ao Reclame Aqui que confira as permissões da conta e da página.",
			EN: "Test the connection in the integration, and ask Reclame Aqui to check what the account and the page are allowed.",
		},
	}},
	{SyncFailed, text{
		fault.Text{
			PT: "A sincronia falhou por um erro interno.",
			EN: "The sync failed with an internal error.",
		},
		fault.Text{
			PT: "Ela é tentada de novo sozinha. Se durar, chame o suporte: o registro do servidor diz o motivo.",
			EN: "It is tried again by itself. If it lasts, call support: the server's log says why.",
		},
	}},
	{RateLimitedByOthers, text{
		fault.Text{
			PT: "O Reclame Aqui diz que o limite de chamadas foi atingido, embora o sistema o respeite: outro programa usa a mesma conta da API.",
			EN: "Reclame Aqui says that its call limit is reached although the product keeps it: another program uses the same API account.",
		},
		fault.Text{
			PT: "Descubra que outro programa usa este usuário da API e pare-o, ou peça ao Reclame Aqui um usuário próprio para cada um.",
			EN: "Find the other program that uses this API user and stop it, or ask Reclame Aqui for a user of its own for each.",
		},
	}},
	{SyncLate, text{
		fault.Text{
			PT: "A última sincronia é mais antiga do que dois intervalos.",
			EN: "The last sync is older than two intervals.",
		},
		fault.Text{
			PT: "Veja os outros problemas e o uso do limite de chamadas; se as chamadas não bastam, aumente o intervalo ou pause a carga inicial.",
			EN: "Look at the other problems and at the use of the call limit; if the calls do not suffice, raise the interval or pause the first sync.",
		},
	}},
	{CallbacksStopped, text{
		fault.Text{
			PT: "O Reclame Aqui parou de avisar: as mudanças só são encontradas pela sincronia.",
			EN: "Reclame Aqui has stopped announcing changes: they are only found by asking.",
		},
		fault.Text{
			PT: "Confira se a URL de Callback da configuração ainda está registrada no Reclame Aqui e se o endereço é alcançável de fora. Nada se perde, mas as mudanças chegam mais tarde.",
			EN: "Check that the integration's callback URL is still registered at Reclame Aqui and can be reached from outside. Nothing is lost, but changes arrive later.",
		},
	}},
	{CountsContradict, text{
		fault.Text{
			PT: "Os totais que o Reclame Aqui informa não combinam com as reclamações que ele mostra.",
			EN: "The totals that Reclame Aqui tells do not fit the complaints that it shows.",
		},
		fault.Text{
			PT: "Nada a fazer aqui: a comparação é repetida sozinha. Se durar, avise o suporte do Reclame Aqui.",
			EN: "Nothing is to be done here: the comparison is repeated by itself. If it lasts, tell Reclame Aqui's support.",
		},
	}},
	{QuarantineNotEmpty, text{
		fault.Text{
			PT: "Há reclamações que não puderam ser lidas.",
			EN: "There are complaints that could not be read.",
		},
		fault.Text{
			PT: "Elas são tentadas de novo sozinhas. Veja a lista com o motivo de cada uma; se durar, avise o suporte.",
			EN: "They are tried again by themselves. See the list with the reason of each; if it lasts, tell support.",
		},
	}},
	{LicenceEndsSoon, text{
		fault.Text{
			PT: "A licença da API do Reclame Aqui termina em menos de 14 dias.",
			EN: "The licence of the Reclame Aqui API ends in less than 14 days.",
		},
		fault.Text{
			PT: "Renove a licença com o Reclame Aqui antes do fim; sem ela a sincronia e as respostas param.",
			EN: "Renew the licence with Reclame Aqui before it ends; without it sync and replies stop.",
		},
	}},
	{BackfillPaused, text{
		fault.Text{
			PT: "A carga inicial está pausada: reclamações antigas ainda faltam.",
			EN: "The first sync is paused: old complaints are still missing.",
		},
		fault.Text{
			PT: "Retome-a na configuração quando quiser.",
			EN: "Let it go on in the integration when you like.",
		},
	}},
	{CallbacksNeverCame, text{
		fault.Text{
			PT: "O Reclame Aqui ainda não avisou nenhuma mudança.",
			EN: "Reclame Aqui has not announced any change yet.",
		},
		fault.Text{
			PT: "Registre a URL de Callback no painel do Reclame Aqui; até lá as mudanças só são encontradas pela sincronia.",
			EN: "Register the callback URL in Reclame Aqui's panel; until then changes are only found by asking.",
		},
	}},
}
