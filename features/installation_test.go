package features

import (
	"fmt"
	"strings"

	"github.com/cucumber/godog"

	"github.com/throughlinehq/throughline/test/binary"
)

// installation is one binary with its folder and database. It starts when it is first asked something,
// so that steps may choose its settings and set it up before.
type installation struct {
	*binary.Installation
	server *binary.Process
	log    string // of the processes that have ended
}

func (w *world) install() { w.inst = &installation{Installation: binary.New(w.t, w.engine)} }

// start serves, unless it does already.
func (i *installation) start() (err error) {
	if i.server == nil {
		i.server, err = i.Start(nil)
	}
	return err
}

func (i *installation) stop() {
	if i.server == nil {
		return
	}
	_ = i.server.Stop() // its log tells
	i.log += i.server.Log.String()
	i.server = nil
}

// said is the log of all its processes.
func (i *installation) said() string {
	if i.server != nil {
		return i.log + i.server.Log.String()
	}
	return i.log
}

func installationSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^the brand "([^"]*)" with (\w+) as its administrator$`, w.setUp)
	s.Step(`^another brand "([^"]*)" with (\w+) as its administrator$`, w.setUp)
	limit := func(setting string) func(int, int) error {
		return func(n, minutes int) error {
			w.inst.Settings[setting] = fmt.Sprintf("%d/%dm", n, minutes)
			return nil
		}
	}
	s.Step(`^strangers may ask (\d+) times in (\d+) minutes?$`, limit("ANONYMOUS_LIMIT"))
	s.Step(`^users may ask (\d+) times in (\d+) minutes?$`, limit("USER_LIMIT"))
	s.Step(`^an account may be tried (\d+) times in (\d+) minutes?$`, limit("SIGN_IN_LIMIT"))
}

func (w *world) setUp(brand, admin string) error {
	workspace := strings.ToLower(brand)
	p := w.newPerson(admin, workspace)
	return w.inst.Run(p.password, "setup", "--workspace", brand, "--name", p.name, "--email", p.email)
}
