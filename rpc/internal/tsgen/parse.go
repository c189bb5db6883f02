package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// decl is a type that crosses the wire: a struct (fields) or a named string or number (values).
type decl struct {
	name   string
	doc    string
	fields []field
	values []value
}

// field is a member of a struct.
type field struct {
	name     string // as on the wire
	ts       string // TypeScript type
	optional bool
	doc      string
}

// value is a constant of a named type.
type value struct {
	name    string // Go name
	literal string // Go literal
	doc     string
}

// sources are the files of package wire that declare wire types, in the order of the output.
var sources = []string{"wire.go", "filter.go", "store.go", "colors.go", "views.go", "find.go", "columns.go", "notes.go", "profiles.go", "errors.go"}

// parse reads the declarations of package wire in dir.
func parse(dir string) ([]*decl, error) {
	var decls []*decl
	byName := map[string]*decl{}
	for _, name := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("parse package wire: %w", err)
		}
		for _, d := range file.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					t, err := typeDecl(spec, gen.Doc)
					if err != nil {
						return nil, err
					}
					decls = append(decls, t)
					byName[t.name] = t
				case *ast.ValueSpec:
					if err := addConstant(byName, spec); err != nil {
						return nil, err
					}
				}
			}
		}
	}
	return decls, nil
}

func typeDecl(spec *ast.TypeSpec, doc *ast.CommentGroup) (*decl, error) {
	t := &decl{name: spec.Name.Name, doc: comment(doc, spec.Doc)}
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return t, nil
	}
	for _, f := range st.Fields.List {
		if f.Tag == nil || len(f.Names) != 1 {
			return nil, fmt.Errorf("%s: every field needs one name and a json tag", t.name)
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: read the tag: %w", t.name, f.Names[0].Name, err)
		}
		name, opts, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		ts, err := tsType(f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.name, f.Names[0].Name, err)
		}
		t.fields = append(t.fields, field{
			name: name, ts: ts, doc: comment(f.Doc, f.Comment),
			optional: strings.Contains(opts, "omitempty") || strings.Contains(opts, "omitzero"),
		})
	}
	return t, nil
}

// addConstant gives a constant of a named type to that type; ProtocolVersion, which has none, is left to the caller.
func addConstant(byName map[string]*decl, spec *ast.ValueSpec) error {
	typ, ok := spec.Type.(*ast.Ident)
	if !ok {
		return nil
	}
	t := byName[typ.Name]
	if t == nil || len(spec.Names) != 1 || len(spec.Values) != 1 {
		return fmt.Errorf("constant %s: wants a type declared before it and one value", spec.Names[0].Name)
	}
	lit, err := literal(spec.Values[0])
	if err != nil {
		return fmt.Errorf("constant %s: %w", spec.Names[0].Name, err)
	}
	t.values = append(t.values, value{spec.Names[0].Name, lit, comment(spec.Doc, spec.Comment)})
	return nil
}

func literal(e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Value, nil
	case *ast.UnaryExpr:
		s, err := literal(e.X)
		return e.Op.String() + s, err
	}
	return "", fmt.Errorf("only literals can be generated")
}

// tsType is the TypeScript type of a field's type.
func tsType(e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.Ident:
		switch e.Name {
		case "string":
			return "string", nil
		case "bool":
			return "boolean", nil
		case "int", "uint32", "float64":
			return "number", nil
		case "int64", "uint64", "uint", "any":
			return "", fmt.Errorf("%s cannot cross the wire; 64-bit numbers are decimal strings", e.Name)
		}
		return e.Name, nil
	case *ast.ArrayType:
		elem, err := tsType(e.Elt)
		return elem + "[]", err
	case *ast.StarExpr:
		return tsType(e.X)
	}
	return "", fmt.Errorf("no TypeScript type for %T", e)
}

// comment joins the comments of a declaration, on one line per paragraph.
func comment(groups ...*ast.CommentGroup) string {
	var parts []string
	for _, g := range groups {
		if t := strings.TrimSpace(g.Text()); t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, "\n")
}
