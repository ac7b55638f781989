package mirror

// NewPaces gives what remembers of one first sync, as seen from time to time, what its forecast is made of.
func NewPaces() func(Sample) []Sample {
	var p paces
	return func(s Sample) []Sample { return p.note("int_1", Running, s) }
}
