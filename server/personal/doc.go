// Package personal recognises personal data in Brazilian texts: CPF, CNPJ, telephone numbers and e-mail
// addresses (rule T10), and the check digits of the first two.
//
// It owns the forms of these four and nothing else: it keeps nothing, calls nobody, and refuses to say
// what is to be done about what it finds. Package graph shows its findings to who writes a public answer;
// package ticket tells documents by it.
package personal
