package seed_test
import ("testing";"github.com/throughlinehq/throughline/internal/platform/db";"github.com/throughlinehq/throughline/internal/auth")
func TestProf(t *testing.T){ a:=open(t,db.Options{}); o:=small(); o.Customers,o.Orders,o.Tickets=20000,10000,10000; if _,err:=a.Samples.Import(t.Context(),auth.System(1,"x"),o,nil);err!=nil{t.Fatal(err)}}
