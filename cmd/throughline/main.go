// Command throughline is the program: the command line and nothing else.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/throughlinehq/throughline/internal/cli"
	"github.com/throughlinehq/throughline/internal/platform/config"
)

// endWithin bounds the end after a signal, whatever hangs: a disk, a network. What is cut then is cut as by a crash.
const endWithin = 15 * time.Second

func main() { os.Exit(run()) }

func run() int {
	// A second signal ends the program at once, since the first one gives the default back.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		stop()
		time.AfterFunc(endWithin, func() {
			_, _ = fmt.Fprintln(os.Stderr, "throughline: not ended after "+endWithin.String()+"; ended now. What was acknowledged is kept")
			os.Exit(cli.ExitFailed)
		})
	})
	return cli.Run(ctx, cli.Process{
		Args: os.Args[1:], Environ: config.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	})
}
