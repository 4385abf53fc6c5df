package main

import (
	"fmt"
	"io"
	"log"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Types that have a form of their own in JSON. The reader knows them by these letters.
var ownForm = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":                          "T",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":                     "M",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":                      "R",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":                       "R",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                      "Q",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":                    "I",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON":      "R",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1.JSON": "R",
}

// table collects the messages that are reached from what is stored.
type table struct{ messages map[string]map[string]string } // package, name, fields

func packageOf(of reflect.Type) string {
	path := strings.Split(of.PkgPath(), "/")
	return strings.Join(path[max(0, len(path)-2):], "/")
}

func isMessage(of reflect.Type) bool {
	_, has := reflect.PointerTo(of).MethodByName("Marshal")
	return has
}

// base says what one value is: a letter, or @ and the name of a message.
func (t *table) base(of reflect.Type, from string) string {
	if letter, has := ownForm[of.PkgPath()+"."+of.Name()]; has {
		return letter
	}
	switch of.Kind() {
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return "i"
	case reflect.Float64:
		return "d"
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		if isMessage(of) && of.Elem().Kind() == reflect.String {
			return "W"
		}
	case reflect.Struct:
		t.add(of)
		if packageOf(of) == from {
			return "@" + of.Name()
		}
		return "@" + packageOf(of) + "." + of.Name()
	}
	log.Fatalf("no form for %s", of)
	return ""
}

func (t *table) form(of reflect.Type, from string) string {
	switch {
	case of.Kind() == reflect.Map:
		return "{" + t.base(bare(of.Elem()), from)
	case of.Kind() == reflect.Slice && !isMessage(of) && of.Elem().Kind() != reflect.Uint8:
		return "[" + t.base(bare(of.Elem()), from)
	}
	return t.base(of, from)
}

func bare(of reflect.Type) reflect.Type {
	if of.Kind() == reflect.Pointer {
		return of.Elem()
	}
	return of
}

// when says in which cases a field is printed: ? when it was written, - when it is not empty, < merged into what
// surrounds it, and otherwise always.
func when(field reflect.StructField, options []string) string {
	omits := slices.Contains(options, "omitempty")
	switch kind := field.Type.Kind(); {
	case field.Anonymous && options[0] == "":
		return "<"
	case kind == reflect.Pointer:
		if !omits && !slices.Contains(options, "omitzero") {
			return "!" // null when it was not written
		}
		return "?"
	case slices.Contains(options, "omitzero"):
		return "-"
	case omits && kind != reflect.Struct:
		return "-"
	}
	return ""
}

func (t *table) add(of reflect.Type) {
	in := packageOf(of)
	if _, has := t.messages[in][of.Name()]; has {
		return
	}
	if t.messages[in] == nil {
		t.messages[in] = map[string]string{}
	}
	t.messages[in][of.Name()] = "" // in the making: types may hold themselves
	var fields []string
	for field := range fieldsOf(of) {
		wire := strings.Split(field.Tag.Get("protobuf"), ",")
		if len(wire) < 2 {
			continue
		}
		options := strings.Split(field.Tag.Get("json"), ",")
		if options[0] == "-" && !ownUnion(of) {
			log.Fatalf("%s.%s is in protobuf and not in JSON", of, field.Name)
		}
		name := options[0]
		if ownUnion(of) {
			name = strings.TrimPrefix(wire[3], "name=")
		}
		fields = append(fields, wire[1]+when(field, options)+name+":"+t.form(bare(field.Type), in))
	}
	t.messages[in][of.Name()] = strings.Join(fields, " ")
}

// ownUnion: the unions of a JSON schema print one of their parts; the reader knows them by name.
func ownUnion(of reflect.Type) bool { return strings.HasPrefix(of.Name(), "JSONSchemaPropsOr") }

func fieldsOf(of reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range of.NumField() {
			if !yield(of.Field(i)) {
				return
			}
		}
	}
}

// writeTable prints, per package, its messages; what is stored has its group and version before it.
func writeTable(to io.Writer, version string) {
	t := table{messages: map[string]map[string]string{}}
	stored := map[string]string{}
	for _, kind := range kinds() {
		of := scheme.AllKnownTypes()[kind]
		t.add(of)
		stored[packageOf(of)+"."+of.Name()] = kind.GroupVersion().String()
	}
	fmt.Fprintf(to, "/**\n * What Kubernetes keeps in etcd: the fields of every message, of k8s.io/api %s and its sisters. Made by\n * `make/`; how it reads stands in `schema.ts`.\n */\nexport const fields = `\n", version)
	for _, in := range slices.Sorted(maps.Keys(t.messages)) {
		fmt.Fprintf(to, "> %s\n", in)
		for _, name := range slices.Sorted(maps.Keys(t.messages[in])) {
			if group, has := stored[in+"."+name]; has {
				name += " " + group
			}
			base, _, _ := strings.Cut(name, " ")
			fmt.Fprintf(to, "%s=%s\n", name, t.messages[in][base])
		}
	}
	fmt.Fprint(to, "`;\n")
}
