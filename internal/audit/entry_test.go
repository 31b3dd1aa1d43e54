package audit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMaskHidesSecretsAndShortensPeople(t *testing.T) {
	t.Parallel()
	got := mask(map[string]Change{
		"password":     {Old: "a", New: "b"},
		"refreshToken": {New: "t"},
		"email":        {Old: "ada@example.com", New: ""},
		"phone":        {New: "+15550100"},
		"birthDate":    {New: "1990-01-01"},
		"name":         {Old: "Ada", New: "Eda"},
		"limit":        {Old: 1, New: 2},
		"profile":      {New: map[string]any{"email": "x@example.com", "apiKey": "k", "city": "Leeds"}},
		"addresses":    {New: []string{"x"}},
	})
	want := map[string]Change{
		"password":     {Old: hidden, New: hidden},
		"refreshToken": {New: hidden},
		"email":        {Old: "a***@example.com", New: ""},
		"phone":        {New: "***00"},
		"birthDate":    {New: hidden},
		"name":         {Old: "Ada", New: "Eda"},
		"limit":        {Old: 1, New: 2},
		"profile":      {New: map[string]any{"email": "x***@example.com", "apiKey": hidden, "city": "Leeds"}},
		"addresses":    {New: hidden},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCleanKeepsOneShortLine(t *testing.T) {
	t.Parallel()
	if got := clean("a\r\nb\x00\u2028c\xff", 100); got != "a  b  c?" {
		t.Errorf("got %q", got)
	}
	if got := clean(strings.Repeat("é", 300), 200); len([]rune(got)) != 200 {
		t.Errorf("got %d", len([]rune(got)))
	}
}
