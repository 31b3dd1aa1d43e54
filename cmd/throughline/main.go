// Command throughline is the program: the command line and nothing else.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/throughlinehq/throughline/internal/cli"
	"github.com/throughlinehq/throughline/internal/platform/config"
)

func main() { os.Exit(run()) }

func run() int {
	// A second signal ends the program at once, since the first one gives the default back.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Run(ctx, cli.Process{
		Args: os.Args[1:], Environ: config.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	})
}
