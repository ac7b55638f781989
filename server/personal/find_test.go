package personal

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFind(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"Olá, Maria. Seu pedido 4711 sai amanhã.", ""},
		{"O CPF é 529.982.247-25.", "CPF 529.982.247-25"},
		{"cpf 52998224725", "CPF 52998224725"},
		{"cpf 529 982 247 25", "CPF 529 982 247 25"},
		{"um erro de digitação: 529.982.247-26", "CPF 529.982.247-26"},
		{"pedido 52998224726", ""},
		{"CNPJ 11.222.333/0001-81", "CNPJ 11.222.333/0001-81"},
		{"cnpj 11222333000181", "CNPJ 11222333000181"},
		{"o novo: 12.ABC.345/01DE-35", "CNPJ 12.ABC.345/01DE-35"},
		{"sem pontos: 12ABC34501DE35", "CNPJ 12ABC34501DE35"},
		{"em minúsculas: 12abc34501de35", "CNPJ 12abc34501de35"},
		{"rastreio 12ABC34501DE36", ""},
		{"Escreva a maria.silva+ra@example.com.br.", "EMAIL maria.silva+ra@example.com.br"},
		{"<joão@exemplo.com>", "EMAIL joão@exemplo.com"},
		{"@maria no Instagram", ""},
		{"(11) 98765-4321", "PHONE (11) 98765-4321"},
		{"11987654321", "PHONE 11987654321"},
		{"+55 11 9 8765-4321", "PHONE +55 11 9 8765-4321"},
		{"5511987654321", "PHONE 5511987654321"},
		{"fixo 21 2345-6789", "PHONE 21 2345-6789"},
		{"2123456789", "PHONE 2123456789"},
		{"só 98765-4321", "PHONE 98765-4321"},
		{"ligue 0800 123 4567", ""},
		{"protocolo 202600000123", ""},
		{"R$ 1.234,56 em 25/11/2026 às 10:30", ""},
		{"nota 20987654321", ""}, // no such area code
		{"a@b.co e 529.982.247-25 ou (11) 98765-4321", "EMAIL a@b.co|CPF 529.982.247-25|PHONE (11) 98765-4321"},
		{"\xff 52998224725 \xff", "CPF 52998224725"},
	} {
		var got []string
		for _, f := range Find(c.text) {
			got = append(got, fmt.Sprintf("%s %s", f.Kind, c.text[f.Start:f.End]))
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%q: %q, want %q", c.text, s, c.want)
		}
	}
}

func TestCheckDigits(t *testing.T) {
	for text, want := range map[string]bool{
		"52998224725": true, "52998224735": false, "52998224724": false, "11111111111": false, "5299822472": false, "5299822472x": false, "": false,
	} {
		if ValidCPF(text) != want {
			t.Errorf("CPF %q: %t", text, !want)
		}
	}
	for text, want := range map[string]bool{
		"11222333000181": true, "11222333000182": false, "12ABC34501DE35": true, "12ABC34501DE36": false, "12abc34501DE35": false,
		"00000000000000": false, "1122233300018": false, "11222333000é1": false, "12ABC34501DEA5": false, "": false,
	} {
		if ValidCNPJ(text) != want {
			t.Errorf("CNPJ %q: %t", text, !want)
		}
	}
}

// Whatever the text, findings lie in it, in order, apart, and on the edges of characters.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"529.982.247-25 a@b.co", "(11) 98765-4321é", "12ABC34501DE35/", "@@..@", "\xff1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, found := range Find(s) {
			if found.Start < end || found.End <= found.Start || found.End > len(s) {
				t.Fatalf("%+v in %q", found, s)
			}
			if utf8.ValidString(s) && !utf8.ValidString(s[found.Start:found.End]) {
				t.Fatalf("%+v cuts a character of %q", found, s)
			}
			end = found.End
		}
	})
}
