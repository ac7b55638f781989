package sandbox

// Names, places and staff. All people are made up.

type name struct {
	first  string
	gender string
}

var firstNames = []name{
	{"Ana", "Feminino"},
	{"Beatriz", "Feminino"},
	{"Camila", "Feminino"},
	{"Daniela", "Feminino"},
	{"Eduarda", "Feminino"},
	{"Fernanda", "Feminino"},
	{"Gabriela", "Feminino"},
	{"Helena", "Feminino"},
	{"Isabela", "Feminino"},
	{"Juliana", "Feminino"},
	{"Larissa", "Feminino"},
	{"Márcia", "Feminino"},
	{"Natália", "Feminino"},
	{"Patrícia", "Feminino"},
	{"Renata", "Feminino"},
	{"Simone", "Feminino"},
	{"Tatiane", "Feminino"},
	{"Vitória", "Feminino"},
	{"André", "Masculino"},
	{"Bruno", "Masculino"},
	{"Caio", "Masculino"},
	{"Diego", "Masculino"},
	{"Eduardo", "Masculino"},
	{"Felipe", "Masculino"},
	{"Gustavo", "Masculino"},
	{"Henrique", "Masculino"},
	{"Igor", "Masculino"},
	{"João", "Masculino"},
	{"Leandro", "Masculino"},
	{"Márcio", "Masculino"},
	{"Otávio", "Masculino"},
	{"Paulo", "Masculino"},
	{"Rafael", "Masculino"},
	{"Sérgio", "Masculino"},
	{"Thiago", "Masculino"},
	{"Vinícius", "Masculino"},
}

var lastNames = []string{
	"Almeida", "Araújo", "Barbosa", "Batista", "Cardoso", "Carvalho", "Castro", "Conceição", "Correia", "Dias", "Fernandes", "Freitas", "Gomes",
	"Gonçalves", "Lima", "Lopes", "Magalhães", "Martins", "Melo", "Monteiro", "Moreira", "Nascimento", "Nogueira", "Oliveira", "Pinto", "Queiroz",
	"Ramos", "Ribeiro", "Rocha", "Sampaio", "Teixeira", "Vieira",
}

type place struct {
	city  string
	state State
	ddd   string
}

var places = []place{
	{"São Paulo", State{26, "São Paulo", "SP"}, "11"},
	{"Campinas", State{26, "São Paulo", "SP"}, "19"},
	{"Ribeirão Preto", State{26, "São Paulo", "SP"}, "16"},
	{"Santos", State{26, "São Paulo", "SP"}, "13"},
	{"Rio de Janeiro", State{19, "Rio de Janeiro", "RJ"}, "21"},
	{"Niterói", State{19, "Rio de Janeiro", "RJ"}, "21"},
	{"Belo Horizonte", State{13, "Minas Gerais", "MG"}, "31"},
	{"Uberlândia", State{13, "Minas Gerais", "MG"}, "34"},
	{"Curitiba", State{18, "Paraná", "PR"}, "41"},
	{"Londrina", State{18, "Paraná", "PR"}, "43"},
	{"Porto Alegre", State{23, "Rio Grande do Sul", "RS"}, "51"},
	{"Florianópolis", State{24, "Santa Catarina", "SC"}, "48"},
	{"Joinville", State{24, "Santa Catarina", "SC"}, "47"},
	{"Salvador", State{5, "Bahia", "BA"}, "71"},
	{"Recife", State{17, "Pernambuco", "PE"}, "81"},
	{"Fortaleza", State{6, "Ceará", "CE"}, "85"},
	{"Brasília", State{7, "Distrito Federal", "DF"}, "61"},
	{"Goiânia", State{9, "Goiás", "GO"}, "62"},
	{"Belém", State{14, "Pará", "PA"}, "91"},
	{"Manaus", State{4, "Amazonas", "AM"}, "92"},
	{"Vitória", State{8, "Espírito Santo", "ES"}, "27"},
	{"Natal", State{20, "Rio Grande do Norte", "RN"}, "84"},
}

// staff answers on Reclame Aqui's own site.
var staff = []person{
	{700001, "Marina Prado", "marina.prado@example.com"},
	{700002, "Rodrigo Sales", "rodrigo.sales@example.com"},
	{700003, "Cláudia Menezes", "claudia.menezes@example.com"},
}
