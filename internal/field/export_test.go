package field

// Encode is the index's form of a value.
func Encode(v any) []byte { return (&Field{}).encode(v) }
