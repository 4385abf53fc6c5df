// Makes what Coldstart knows of Kubernetes' objects from the Go types of Kubernetes itself:
//
//	table    the fields of all messages, for main/core/kubernetes/fields.ts
//	samples  objects as Kubernetes stores them and as it prints them, for the tests
//
// See README.md.
package main

import (
	"log"
	"os"
)

const version = "v0.37.2"

func main() {
	if len(os.Args) != 2 {
		log.Fatal("say table or samples")
	}
	switch os.Args[1] {
	case "table":
		writeTable(os.Stdout, version)
	case "samples":
		writeSamples(os.Stdout)
	default:
		log.Fatalf("there is no %q", os.Args[1])
	}
}
