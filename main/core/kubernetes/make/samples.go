package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"reflect"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

// A sample is an object as it lies in etcd, and the JSON that Kubernetes makes of exactly these bytes.
type sample struct {
	Kind   string          `json:"kind"`
	How    string          `json:"how"`
	Stored string          `json:"stored"` // base64
	Prints json.RawMessage `json:"prints"`
}

// values counts up, so that no two fields hold the same and the file still packs well.
type values struct{ next int64 }

func (v *values) number() int64 { v.next++; return v.next }

var texts = []string{"s%d", "größe %d", "a/b-%d", "line\n%d", "\"%d\"", "日本 %d", "%d"}

func (v *values) text() string {
	n := v.number()
	return fmt.Sprintf(texts[n%int64(len(texts))], n)
}

func (v *values) time() time.Time {
	return time.Unix(1_700_000_000+v.number()*86_413, v.number()*1_234_567%1_000_000_000).UTC()
}

func (v *values) anyJSON() []byte {
	return fmt.Appendf(nil, `{"f:%d":{"a":[1,true,null,"ü"]},"n":-%d}`, v.number(), v.number())
}

var quantities = []string{"100m", "1.5Gi", "0", "12e6", "-3", "1234567890123", "500Mi", "0.1"}

// schemaDepth bounds schemas, which hold themselves in a dozen ways.
func (v *values) fillers(full bool) []any {
	depth := 0
	schemas := func(fill func()) {
		if depth++; depth <= 3 {
			fill()
		}
		depth--
	}
	return []any{
		func(s *string, c randfill.Continue) {
			if *s = ""; full || c.Bool() {
				*s = v.text()
			}
		},
		func(n *int32, c randfill.Continue) {
			*n = int32(v.number())
			if c.Intn(4) == 0 {
				*n = -*n
			}
		},
		func(n *int64, c randfill.Continue) {
			*n = v.number()
			switch c.Intn(8) {
			case 0:
				*n = -*n
			case 1:
				*n = 1<<62 + *n
			}
		},
		func(f *float64, c randfill.Continue) { *f = float64(v.number()) / 8 },
		func(b *[]byte, c randfill.Continue) { *b = []byte(v.text()) },
		func(t *metav1.Time, c randfill.Continue) {
			if full || c.Bool() {
				*t = metav1.NewTime(v.time())
			}
		},
		func(t *metav1.MicroTime, c randfill.Continue) { *t = metav1.NewMicroTime(v.time()) },
		func(q *resource.Quantity, c randfill.Continue) {
			*q = resource.MustParse(quantities[v.number()%int64(len(quantities))])
		},
		func(i *intstr.IntOrString, c randfill.Continue) {
			if *i = intstr.FromInt32(int32(v.number())); c.Bool() {
				*i = intstr.FromString(v.text())
			}
		},
		func(r *runtime.RawExtension, c randfill.Continue) { r.Raw = v.anyJSON() },
		func(f *metav1.FieldsV1, c randfill.Continue) { f.Raw = v.anyJSON() },
		func(j *apiextensionsv1.JSON, c randfill.Continue) { j.Raw = v.anyJSON() },
		func(j *apiextensionsv1beta1.JSON, c randfill.Continue) { j.Raw = v.anyJSON() },
		func(s *apiextensionsv1.JSONSchemaProps, c randfill.Continue) { schemas(func() { c.FillNoCustom(s) }) },
		func(s *apiextensionsv1beta1.JSONSchemaProps, c randfill.Continue) {
			schemas(func() { c.FillNoCustom(s) })
		},
		func(o *apiextensionsv1.JSONSchemaPropsOrBool, c randfill.Continue) {
			if o.Allows = c.Bool(); o.Allows {
				o.Schema = &apiextensionsv1.JSONSchemaProps{}
				c.Fill(o.Schema)
			}
		},
		func(o *apiextensionsv1beta1.JSONSchemaPropsOrBool, c randfill.Continue) {
			if o.Allows = c.Bool(); o.Allows {
				o.Schema = &apiextensionsv1beta1.JSONSchemaProps{}
				c.Fill(o.Schema)
			}
		},
		func(o *apiextensionsv1.JSONSchemaPropsOrArray, c randfill.Continue) {
			if c.Bool() {
				o.Schema = &apiextensionsv1.JSONSchemaProps{}
				c.Fill(o.Schema)
			} else {
				o.JSONSchemas = make([]apiextensionsv1.JSONSchemaProps, 2)
				c.Fill(&o.JSONSchemas[0])
			}
		},
		func(o *apiextensionsv1beta1.JSONSchemaPropsOrArray, c randfill.Continue) {
			if c.Bool() {
				o.Schema = &apiextensionsv1beta1.JSONSchemaProps{}
				c.Fill(o.Schema)
			} else {
				o.JSONSchemas = make([]apiextensionsv1beta1.JSONSchemaProps, 2)
				c.Fill(&o.JSONSchemas[0])
			}
		},
		func(o *apiextensionsv1.JSONSchemaPropsOrStringArray, c randfill.Continue) {
			if c.Bool() {
				o.Schema = &apiextensionsv1.JSONSchemaProps{}
				c.Fill(o.Schema)
			} else {
				o.Property = []string{v.text(), v.text()}
			}
		},
		func(o *apiextensionsv1beta1.JSONSchemaPropsOrStringArray, c randfill.Continue) {
			if c.Bool() {
				o.Schema = &apiextensionsv1beta1.JSONSchemaProps{}
				c.Fill(o.Schema)
			} else {
				o.Property = []string{v.text(), v.text()}
			}
		},
	}
}

func stored(object runtime.Object) []byte {
	var out bytes.Buffer
	must(protobuf.NewSerializer(scheme, scheme).Encode(object, &out))
	return out.Bytes()
}

// prints reads the bytes back as an API server does, and prints them.
func prints(bytesOf []byte, kind schema.GroupVersionKind) json.RawMessage {
	object, _, err := protobuf.NewSerializer(scheme, scheme).Decode(bytesOf, nil, nil)
	must(err)
	object.GetObjectKind().SetGroupVersionKind(kind)
	var out strings.Builder
	must(serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme, scheme, serializer.SerializerOptions{}).Encode(object, &out))
	return json.RawMessage(out.String())
}

func writeSamples(to io.Writer) {
	lines := json.NewEncoder(to)
	lines.SetEscapeHTML(false)
	for _, kind := range kinds() {
		for _, how := range []string{"full", "sparse", "empty"} {
			object, err := scheme.New(kind)
			must(err)
			v := values{}
			fill := randfill.NewWithSeed(7).NilChance(0).NumElements(1, 1).MaxDepth(40).Funcs(v.fillers(true)...)
			if how == "sparse" {
				fill = randfill.NewWithSeed(11).NilChance(0.5).NumElements(0, 2).MaxDepth(40).Funcs(v.fillers(false)...)
			}
			if how != "empty" {
				// What an object says of its own kind stands in the envelope.
				fields := reflect.ValueOf(object).Elem()
				for i := range fields.NumField() {
					if fields.Type().Field(i).Name != "TypeMeta" {
						fill.Fill(fields.Field(i).Addr().Interface())
					}
				}
			}
			object.GetObjectKind().SetGroupVersionKind(kind)
			bytesOf := stored(object)
			name := kind.GroupVersion().String() + " " + kind.Kind
			if err := lines.Encode(sample{name, how, base64.StdEncoding.EncodeToString(bytesOf), prints(bytesOf, kind)}); err != nil {
				log.Fatal(name, err)
			}
		}
	}
}
