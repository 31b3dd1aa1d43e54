package seed

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
)

// land is where people live. Phones are from the ranges that its authority keeps free for stories; the
// n-th of at most room numbers.
type land struct {
	country     string
	share       int // of a hundred customers
	cities      string
	streets     string
	postcode    string // of digits: # is one
	first, last string
	phone       string // ends in the digits of the number
	room        int
}

func lands() []land {
	return []land{
		{"GB", 24, "London,Leeds,Bristol,Glasgow,Cardiff,Norwich", "Mill Lane,Station Road,Church Street,Queen's Road", "LS# #AB", "Oliver,Amelia,Harry,Isla,George,Freya,Priya,Mohammed,Poppy,Callum,Grace,Tom", "Bennett,Clarke,Hughes,Patel,Walker,Fraser,Begum,Foster,Ward,Shaw,Price,Okoye", "+447700900%03d", 1000},
		{"US", 18, "Portland,Denver,Austin,Chicago,Boston,Atlanta", "Maple Street,Oak Avenue,Cedar Drive,Lake View Road", "9####", "Emma,Liam,Mia,Noah,Jordan,Ava,Mateo,Chloe,Tyler,Aaliyah,Ethan,Grace", "Johnson,Martinez,Nguyen,Brown,Carter,Rivera,Kim,Brooks,Cooper,Diaz,Howard,Ross", "+1%d55501%02d", 60_000},
		{"DE", 12, "Berlin,Hamburg,Köln,Leipzig,Freiburg", "Gartenweg,Lindenstraße,Bahnhofstraße,Am Markt", "#####", "Jonas,Lena,Felix,Hannah,Lukas,Mia,Emre,Anna,Paul,Clara", "Müller,Schäfer,Weber,Becker,Yılmaz,Hoffmann,Vogel,Krüger,Lange,Köhler", "+493023125%03d", 1000},
		{"FR", 9, "Lyon,Nantes,Lille,Toulouse,Rennes", "rue des Lilas,rue Victor Hugo,avenue de la Gare,place du Marché", "#####", "Camille,Hugo,Léa,Lucas,Chloé,Inès,Théo,Zoé,Yanis,Manon", "Moreau,Lefèvre,Garnier,Benali,Rousseau,Dubois,Fontaine,Marchand,Girard,Noël", "+336399800%02d", 100},
		{"IE", 4, "Dublin,Cork,Galway", "Harbour View,Main Street,Abbey Road", "D## AB#", "Aoife,Conor,Niamh,Seán,Ciara,Darragh", "Murphy,Byrne,Kelly,Walsh,Doyle,Nolan", "", 0},
		{"ES", 6, "Madrid,Valencia,Sevilla,Bilbao", "Calle Mayor,Calle del Sol,Avenida del Puerto", "#####", "Lucía,Mateo,Carmen,Pablo,Marta,Álvaro,Elena,Diego", "García,Fernández,Ruiz,Navarro,Iglesias,Romero,Vega,Ortega", "", 0},
		{"IT", 5, "Torino,Bologna,Napoli,Trieste", "Via Roma,Via Garibaldi,Corso Italia", "#####", "Giulia,Marco,Sofia,Luca,Chiara,Matteo", "Rossi,Bianchi,Greco,Conti,Ferrari,Gallo", "", 0},
		{"NL", 4, "Utrecht,Rotterdam,Groningen", "Dorpsstraat,Kerkweg,Molenlaan", "#### AB", "Sanne,Daan,Lotte,Bram,Fatima,Sem", "de Vries,Jansen,van Dijk,Bakker,Visser,El Amrani", "", 0},
		{"SE", 3, "Göteborg,Uppsala,Malmö", "Storgatan,Skolvägen,Björkgatan", "### ##", "Elsa,Nils,Maja,Oskar,Linnéa,Axel", "Andersson,Lindqvist,Nyström,Berg,Sjöberg,Ek", "+4684650040%d", 10},
		{"PL", 3, "Kraków,Gdańsk,Poznań", "ulica Polna,ulica Leśna,ulica Długa", "##-###", "Zofia,Jakub,Maja,Kacper,Anna,Piotr", "Nowak,Kowalska,Wójcik,Zieliński,Mazur,Król", "", 0},
		{"AU", 4, "Melbourne,Perth,Hobart", "Beach Road,Wattle Street,Hill Crescent", "3###", "Ruby,Jack,Matilda,Cooper,Evie,Lachlan", "Mitchell,Nguyen,Campbell,Singh,Morris,Edwards", "+61255501%03d", 1000},
		{"IN", 3, "Pune,Bengaluru,Kochi", "MG Road,Lake Road,Temple Street", "4#####", "Ananya,Arjun,Diya,Rohan,Kavya,Vikram", "Iyer,Sharma,Menon,Reddy,Kulkarni,Das", "", 0},
		{"JP", 2, "Osaka,Sapporo,Kyoto", "Sakura-dori,Honmachi,Kita-machi", "###-####", "Yuki,Haruto,Sakura,Ren,Aoi,Sota", "Tanaka,Suzuki,Ito,Kobayashi,Mori,Ishikawa", "", 0},
		{"BR", 2, "Curitiba,Recife,Belo Horizonte", "Rua das Flores,Avenida Brasil,Rua do Sol", "#####-###", "Ana,Gabriel,Beatriz,Rafael,Larissa,João", "Silva,Souza,Oliveira,Costa,Almeida,Ribeiro", "", 0},
		{"NG", 1, "Lagos,Abuja,Ibadan", "Marina Road,Unity Close,Palm Avenue", "######", "Chiamaka,Emeka,Adaeze,Tunde,Zainab,Ifeanyi", "Okafor,Adeyemi,Balogun,Eze,Ibrahim,Nwosu", "", 0},
	}
}

func split(s string) []string { return strings.Split(s, ",") }

// before is the part of customers who were there before the first order.
const before = 0.3

// joined is when the n-th customer came: earlier numbers earlier.
func (b *brand) joined(n int) time.Time {
	f := float64(n) / float64(b.o.Customers)
	if f < before {
		return b.start.Add(-time.Duration((1 - f/before) * float64(365*24*time.Hour))).Add(-2 * time.Hour).Truncate(time.Second)
	}
	return b.start.Add(time.Duration((f - before) / (1 - before) * float64(span))).Add(-2 * time.Hour).Truncate(time.Second)
}

// buyer is who buys at a point of the whole time, 0 to 1: somebody who is there by then, and rather
// somebody who has been for long.
func (b *brand) buyer(at, chance float64) int {
	there := max(1, float64(b.o.Customers)*(before+(1-before)*at))
	return min(int(math.Pow(chance, 1.3)*there), b.o.Customers-1)
}

func (b *brand) customerID(n int) id.ID { return marked(b.joined(n), n) }

// named is what other samples say of a customer.
func (b *brand) named(n int) (l land, first, last string) {
	r := b.dice(ofCustomer, n)
	at := r.IntN(100)
	for _, l = range b.lands {
		if at -= l.share; at < 0 {
			break
		}
	}
	return l, pick(r, split(l.first)), pick(r, split(l.last))
}

// customer makes the n-th customer, and what staff noted about them.
func (b *brand) customer(n int) (*customer.Customer, []customer.Note) {
	l, first, last := b.named(n)
	r := b.dice(ofCustomer, n|1<<40)
	joined := b.joined(n)
	c := &customer.Customer{
		ID: b.customerID(n), Kind: customer.Person, Status: customer.Active, FirstName: first, LastName: last, Source: Source,
		Address: customer.Address{
			Line1: fmt.Sprintf("%d %s", 1+r.IntN(180), pick(r, split(l.streets))), City: pick(r, split(l.cities)), Postcode: digits(r.IntN, l.postcode), Country: l.country,
		},
		CreatedAt: joined, UpdatedAt: joined,
	}
	switch at := r.IntN(100); {
	case at < 6:
		c.Status = customer.Lead
	case at < 9:
		c.Status = customer.Opportunity
	case at < 13:
		c.Status = customer.Inactive
	}
	if often(r, 5) {
		c.Kind, c.Company = customer.Company, last+" "+pick(r, []string{"Outdoor", "Interiors", "Trading", "Gifts", "& Sons"})
		c.Owner = pick(r, b.sellers)
		c.Tags = append(c.Tags, tag.Tag{ID: b.tags["Wholesale"]})
	}
	c.Level = pick(r, []string{"", "", "Bronze", "Bronze", "Silver", "Gold"})
	if often(r, 30) {
		c.BirthDate = fmt.Sprintf("%d-%02d-%02d", 1948+r.IntN(58), 1+r.IntN(12), 1+r.IntN(28))
	}
	hasNewsletter := often(r, 25)
	if hasNewsletter {
		c.Tags = append(c.Tags, tag.Tag{ID: b.tags["Newsletter"]})
	}
	c.Fields = b.customerValues(n, joined, l.country, hasNewsletter)
	c.Email = fmt.Sprintf("%s.%s%d@example.%s", ascii(first), ascii(last), n+1, pick(r, []string{"com", "com", "org", "net"}))
	identity := func(kind customer.IdentityKind, value string, k int) customer.Identity {
		return customer.Identity{ID: marked(joined, n*2+k), Customer: c.ID, Kind: kind, Value: value, Display: value, Primary: true, CreatedAt: joined}
	}
	c.Identities = append(c.Identities, identity(customer.Email, c.Email, 0))
	if c.Phone = l.number(n); c.Phone != "" && often(r, 70) {
		c.Identities = append(c.Identities, identity(customer.Phone, c.Phone, 1))
	} else {
		c.Phone = ""
	}
	if !often(r, 6) {
		return c, nil
	}
	at := b.until(joined.Add(time.Duration(1+r.IntN(60*24)) * time.Hour))
	note := customer.Note{ID: marked(at, n), Customer: c.ID, Author: pick(r, b.agents).ID, Body: pick(r, customerNotes()), CreatedAt: at, UpdatedAt: at}
	return c, []customer.Note{note}
}

// number is the phone of the n-th customer, who shares it with nobody; empty when the range is used up.
func (l land) number(n int) string {
	switch {
	case n >= l.room:
		return ""
	case l.country == "US":
		return fmt.Sprintf(l.phone, 201+n/100, n%100)
	}
	return fmt.Sprintf(l.phone, n)
}

func digits(chance func(int) int, form string) string {
	return strings.Map(func(r rune) rune {
		if r == '#' {
			return rune('1' + chance(9)) //nolint:gosec // one digit
		}
		return r
	}, form)
}

// ascii writes a name as people do in their e-mail address.
func ascii(s string) string {
	s = strings.NewReplacer("ß", "ss", "ł", "l", "ı", "i", "ø", "o", " ", "").Replace(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || r > unicode.MaxASCII {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

func customerNotes() []string {
	return []string{
		"Prefers to be written to, not called.",
		"Runs a small shop and reorders every spring; ask about the catalogue in February.",
		"Parcels go to the neighbour at number 12 when nobody is in.",
		"Was very patient with the late delivery in autumn. Be generous next time.",
		"Allergic to wool, please never suggest the blankets.",
		"Moved house recently. Check the address before sending a replacement.",
	}
}
