package importer

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countryCode turns a country's English name or ISO 3166 code into the code; empty when it is neither.
func countryCode(name string) string {
	return countries()[strings.ToLower(strings.TrimSpace(name))]
}

// countries knows every country by code and English name, and a few by what people call them.
var countries = sync.OnceValue(func() map[string]string {
	out := map[string]string{"eire": "IE", "rsa": "ZA", "usa": "US", "uk": "GB", "great britain": "GB", "czech republic": "CZ", "channel islands": "JE", "holland": "NL", "hong kong": "HK"}
	names := display.English.Regions()
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			r, err := language.ParseRegion(string([]rune{a, b}))
			if err != nil || !r.IsCountry() || r.Canonicalize() != r {
				continue
			}
			out[strings.ToLower(r.String())] = r.String()
			if name := names.Name(r); name != "" {
				out[strings.ToLower(name)] = r.String()
			}
		}
	}
	return out
})
