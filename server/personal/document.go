package personal

import "strings"

// ValidCPF says whether the eleven digits of a CPF, without points, fit their two check digits. Eleven
// equal digits fit, too, and are nobody's.
func ValidCPF(digits string) bool {
	if len(digits) != 11 || !onlyDigits(digits) || allEqual(digits) {
		return false
	}
	return digits[9] == checkDigit(digits[:9], 10, 11) && digits[10] == checkDigit(digits[:10], 11, 11)
}

// ValidCNPJ says whether the fourteen characters of a CNPJ, without points, fit their two check digits. Since
// July 2026 the first twelve may be capital letters, each worth its ASCII code less 48 (Receita Federal,
// Instrução Normativa 2.229/2024).
func ValidCNPJ(text string) bool {
	if len(text) != 14 || !onlyDigits(text[12:]) || allEqual(text) {
		return false
	}
	for _, c := range []byte(text[:12]) {
		if !isDigit(c) && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return text[12] == checkDigit(text[:12], 5, 9) && text[13] == checkDigit(text[:13], 6, 9)
}

// checkDigit is the digit of modulus 11 for a text whose first character weighs first; weights go down to 2 and
// begin again at highest.
func checkDigit(text string, first, highest int) byte {
	sum, weight := 0, first
	for _, c := range []byte(text) {
		sum += int(c-'0') * weight
		if weight--; weight < 2 {
			weight = highest
		}
	}
	rest := sum % 11
	if rest < 2 {
		return '0'
	}
	return byte('0' + 11 - rest)
}

func onlyDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func allEqual(s string) bool { return strings.Count(s, s[:1]) == len(s) }
