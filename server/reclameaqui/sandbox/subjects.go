package sandbox

// subject is one kind of complaint: its name and id at the site, and what people write about it. In the texts {p} is a
// product, {n} an order number, {v} an amount, {d} a number of days, {e} the customer's
// first name; {o}, {O}, {a} and {Meu} agree with the product.
type subject struct {
	Named
	question               string // the company's own question in the form; its answer is the order number, unless one of the next holds
	asksChannel, asksEmail bool
	titles                 []string
	openings               []string
	asks                   []string
	answers                []string
	replicas               []string
}

var subjects = []subject{
	{
		Named: Named{27, "Atraso na entrega"}, question: "Qual o número do pedido?",
		titles:   []string{"{p} não chegou no prazo", "Entrega atrasada há {d} dias", "Pedido parado na transportadora", "Comprei e até agora nada"},
		openings: []string{"Comprei um{a} {p} e o prazo de entrega venceu há {d} dias.", "Meu pedido {n} deveria ter chegado há {d} dias e o rastreio não muda.", "Fiz o pedido {n} para um presente de aniversário e ele simplesmente não chegou."},
		asks:     []string{"Quero uma data certa de entrega ou o meu dinheiro de volta.", "Preciso do produto com urgência, já perdi dois dias de trabalho esperando.", "Exijo a entrega imediata ou o cancelamento com estorno."},
		answers:  []string{"Olá, {e}! Localizamos o pedido {n} na transportadora e pedimos prioridade. A nova previsão é de até 3 dias úteis.", "{e}, pedimos desculpas pelo atraso. O pedido {n} foi reenviado hoje e o novo rastreio seguiu por e-mail."},
		replicas: []string{"Os 3 dias úteis passaram e nada chegou. O rastreio continua igual.", "O novo código de rastreio não funciona. Preciso de uma resposta de verdade."},
	},
	{
		Named: Named{31, "Cobrança indevida"}, question: "Qual o número do pedido?",
		titles:   []string{"Cobrança em duplicidade", "Cobraram R$ {v} a mais no cartão", "Valor desconhecido na minha fatura", "Cobraram um pedido cancelado"},
		openings: []string{"Na fatura deste mês apareceram duas cobranças de R$ {v} pelo mesmo pedido {n}.", "O pedido {n} foi cancelado e mesmo assim cobraram R$ {v} no meu cartão.", "Há uma cobrança de R$ {v} da loja que eu não reconheço."},
		asks:     []string{"Quero o estorno do valor cobrado a mais.", "Solicito o cancelamento da cobrança e um comprovante.", "Aguardo o estorno na próxima fatura, sem falta."},
		answers:  []string{"Olá, {e}. Confirmamos a cobrança em duplicidade e o estorno de R$ {v} foi pedido à administradora do cartão.", "{e}, o valor de R$ {v} era uma pré-autorização, que será desfeita em até 7 dias úteis."},
		replicas: []string{"A fatura fechou e a cobrança continua lá.", "Liguei na administradora e não existe nenhum pedido de estorno."},
	},
	{
		Named: Named{44, "Produto com defeito"}, question: "Qual o número do pedido?",
		titles:   []string{"{p} com defeito no primeiro uso", "Produto veio quebrado", "{p} parou de funcionar em {d} dias", "Recebi produto com marcas de uso"},
		openings: []string{"{O} {p} do pedido {n} parou de funcionar com {d} dias de uso.", "Abri a caixa do pedido {n} e {o} {p} estava trincad{o}.", "Recebi um{a} {p} claramente usad{o}, com riscos e sem o manual."},
		asks:     []string{"Quero a troca por um produto novo.", "Solicito a devolução do valor pago, R$ {v}.", "Não aceito assistência técnica em produto de {d} dias, quero a troca."},
		answers:  []string{"Olá, {e}! Sentimos muito. A coleta d{o} {p} foi agendada e a troca segue assim que o produto chegar ao nosso centro.", "{e}, enviamos por e-mail a etiqueta de devolução. O reembolso de R$ {v} sai em até 5 dias após a postagem."},
		replicas: []string{"A coleta foi agendada e ninguém apareceu.", "Devolvi há {d} dias e não recebi nem a troca nem o dinheiro."},
	},
	{
		Named: Named{52, "Estorno do valor pago"}, question: "Qual o número do pedido?",
		titles:   []string{"Estorno não realizado", "Devolvi o produto e não recebi o dinheiro", "Reembolso de R$ {v} prometido e não pago"},
		openings: []string{"Devolvi {o} {p} há {d} dias e o estorno de R$ {v} não apareceu.", "O pedido {n} foi cancelado pela própria loja e não me devolveram R$ {v}.", "Prometeram o reembolso do pedido {n} por PIX em 48 horas. Já se passaram {d} dias."},
		asks:     []string{"Quero os R$ {v} na minha conta.", "Exijo o comprovante do estorno.", "Peço uma posição definitiva sobre o reembolso."},
		answers:  []string{"Olá, {e}. O reembolso de R$ {v} foi enviado hoje à sua conta. O comprovante segue em mensagem privada.", "{e}, o estorno foi feito e aparece em até duas faturas, conforme a administradora do seu cartão."},
		replicas: []string{"Nada caiu na minha conta até agora.", "O comprovante que enviaram tem outro valor."},
	},
	{
		Named: Named{12, "Mau atendimento"}, question: "Por qual canal você falou conosco?", asksChannel: true,
		titles:   []string{"Péssimo atendimento no chat", "Ninguém resolve o meu problema", "Atendente desligou na minha cara", "{d} protocolos e nenhuma solução"},
		openings: []string{"Já abri {d} protocolos sobre o pedido {n} e cada atendente diz uma coisa.", "Esperei mais de uma hora no chat e encerraram a conversa sem resposta.", "Liguei várias vezes sobre o pedido {n} e a ligação sempre cai."},
		asks:     []string{"Quero falar com alguém que resolva.", "Peço um retorno por telefone de um responsável.", "Espero que ao menos por aqui alguém leia."},
		answers:  []string{"Olá, {e}. Lamentamos a experiência. Uma especialista assumiu o seu caso e vai ligar ainda hoje.", "{e}, ouvimos os atendimentos do pedido {n} e pedimos desculpas. O seu caso foi resolvido conforme combinado por telefone."},
		replicas: []string{"Ninguém ligou.", "Ligaram, mas de novo sem saber do que se tratava."},
	},
	{
		Named: Named{18, "Cancelamento"}, question: "Qual o número do pedido?",
		titles:   []string{"Não consigo cancelar o pedido", "Cancelamento negado", "Assinatura renovada sem autorização"},
		openings: []string{"Pedi o cancelamento do pedido {n} duas horas depois da compra e ele foi negado.", "O site dá erro toda vez que tento cancelar o pedido {n}.", "A assinatura do clube foi renovada por R$ {v} sem a minha autorização."},
		asks:     []string{"Quero o cancelamento dentro do prazo de arrependimento de 7 dias.", "Cancelem e devolvam os R$ {v}.", "Só quero que o cancelamento seja respeitado."},
		answers:  []string{"Olá, {e}! O pedido {n} foi cancelado e o estorno já foi pedido.", "{e}, o cancelamento foi feito sem custo. Pedimos desculpas pelo erro no site."},
		replicas: []string{"O pedido continua aparecendo como em separação.", "Cancelaram e no dia seguinte o produto foi enviado mesmo assim."},
	},
	{
		Named: Named{36, "Produto errado"}, question: "Qual o número do pedido?",
		titles:   []string{"Recebi outro produto", "Cor e tamanho trocados", "Pedido incompleto"},
		openings: []string{"Comprei um{a} {p} e recebi um produto completamente diferente.", "O pedido {n} veio com a cor errada pela segunda vez.", "O pedido {n} tinha três itens e só chegaram dois."},
		asks:     []string{"Quero o produto que comprei.", "Enviem o item que falta, por favor.", "Se não há estoque, devolvam R$ {v}."},
		answers:  []string{"Olá, {e}. O item certo do pedido {n} já foi separado e sai amanhã. A coleta do outro é por nossa conta.", "{e}, enviamos o item que faltava com frete expresso."},
		replicas: []string{"Chegou errado de novo!", "O item que faltava não chegou."},
	},
	{
		Named: Named{63, "Propaganda enganosa"}, question: "Onde você viu a oferta?", asksChannel: true,
		titles:   []string{"Preço do anúncio não é o do carrinho", "Cupom que não funciona", "Promoção de mentira"},
		openings: []string{"O anúncio mostrava {o} {p} por R$ {v}, mas no carrinho o preço era outro.", "O cupom de primeira compra é recusado em qualquer produto.", "Comprei pela promoção de frete grátis e cobraram o frete no fim."},
		asks:     []string{"Quero o preço anunciado, é o meu direito.", "Peço a devolução da diferença.", "Cumpram a oferta."},
		answers:  []string{"Olá, {e}. Conferimos a oferta e creditamos a diferença em forma de vale, já disponível na sua conta.", "{e}, houve um erro no anúncio. Honramos o preço de R$ {v}: basta responder com a forma de pagamento."},
		replicas: []string{"O vale não aparece na minha conta.", "Respondi e ninguém deu sequência."},
	},
	{
		Named: Named{71, "Garantia e assistência técnica"}, question: "Qual o número da nota fiscal?",
		titles:   []string{"Assistência sem previsão há {d} dias", "Garantia estendida negada", "Não há assistência na minha cidade"},
		openings: []string{"{Meu} {p} está na assistência há {d} dias sem nenhuma previsão.", "Paguei R$ {v} de garantia estendida e agora dizem que o defeito não é coberto.", "A assistência indicada fica a mais de 200 km da minha cidade."},
		asks:     []string{"Passados 30 dias, a lei manda trocar. Quero a troca.", "Quero usar a garantia que paguei.", "Indiquem uma assistência perto ou façam a coleta."},
		answers:  []string{"Olá, {e}. A peça chegou à assistência e o conserto termina em 2 dias úteis.", "{e}, autorizamos a troca d{o} {p}. Enviaremos o código de postagem por e-mail."},
		replicas: []string{"A assistência diz que não recebeu peça nenhuma.", "O código de postagem está vencido."},
	},
	{
		Named: Named{80, "Problemas com cadastro"}, question: "Qual o e-mail do cadastro?", asksEmail: true,
		titles:   []string{"Não consigo acessar a minha conta", "Conta bloqueada sem motivo", "Trocaram o e-mail do meu cadastro"},
		openings: []string{"Desde a semana passada não consigo entrar na conta e o e-mail de nova senha não chega.", "Bloquearam a minha conta logo depois do pedido {n}.", "O meu cadastro aparece com um e-mail que não é meu."},
		asks:     []string{"Quero o acesso à minha conta.", "Expliquem o motivo do bloqueio.", "Peço a correção dos meus dados."},
		answers:  []string{"Olá, {e}. O acesso foi restabelecido e a nova senha seguiu para o e-mail do cadastro.", "{e}, por segurança o cadastro havia sido bloqueado. Já está liberado."},
		replicas: []string{"Continuo sem acesso.", "A nova senha dá erro."},
	},
}

// product agrees with its words: feminine or not.
type product struct {
	name     string
	feminine bool
}

var products = []product{
	{"fone de ouvido sem fio", false},
	{"cafeteira elétrica", true},
	{"air fryer", true},
	{"celular", false},
	{"notebook", false},
	{"tênis de corrida", false},
	{"mochila", true},
	{"ventilador de coluna", false},
	{"liquidificador", false},
	{"colchão de casal", false},
	{"cadeira de escritório", true},
	{"smart TV de 50 polegadas", true},
	{"relógio inteligente", false},
	{"bicicleta infantil", true},
	{"aspirador robô", false},
	{"conjunto de panelas", false},
	{"berço", false},
	{"impressora", true},
	{"vestido de festa", false},
	{"micro-ondas", false},
}

var middles = []string{
	"Já falei com o atendimento e pedem para aguardar.", "Mandei e-mail e não tive retorno.", "O chat só tem robô e não entende o problema.",
	"Sou cliente há anos e nunca passei por isso.", "No aplicativo o pedido aparece como concluído, o que não é verdade.",
	"Tenho fotos e a nota fiscal para provar.", "", "Cada dia inventam uma desculpa nova.",
}

var closings = []string{"Aguardo retorno.", "Espero uma solução.", "Agradeço a atenção.", "Se não resolverem, vou ao Procon.", "", "Não recomendo a ninguém."}

var lateAnswers = []string{
	"{e}, verificamos de novo o seu caso e ele foi encaminhado com prioridade. Retornamos até amanhã.",
	"Olá, {e}. Agradecemos o retorno: a pendência foi concluída hoje. Ficamos à disposição.",
	"{e}, pedimos desculpas. Um responsável acompanhou o pedido {n} até o fim e ele está resolvido.",
}

var goodWords = []string{
	"Problema resolvido depois da reclamação.", "Demorou, mas resolveram.", "Atendimento rápido por aqui, recomendo.",
	"Recebi o estorno certinho.", "", "Gostei da solução.",
}

var badWords = []string{
	"Não resolveram nada, só respostas prontas.", "Tive que comprar em outra loja.", "Perdi tempo e dinheiro. Nunca mais.",
	"Empurraram o problema com a barriga.", "",
}

var finalWords = []string{
	"Agradecemos a avaliação e ficamos felizes em ter resolvido. Conte com a Loja Aurora!",
	"Lamentamos não ter atendido à sua expectativa. Seguimos à disposição pelos nossos canais.",
}

var consumerPrivates = []string{
	"Segue o número da conta para o estorno, conforme pediram.", "Recebi o comprovante, tudo certo.", "O melhor horário para ligar é depois das 18h.",
}

var companyPrivates = []string{
	"Olá, {e}! Para seguir com o estorno, precisamos que confirme os dados por aqui.", "{e}, enviamos o comprovante do reembolso em anexo.",
}
