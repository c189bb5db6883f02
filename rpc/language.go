package rpc

import (
	"context"
	"slices"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/rpc/wire"
)

// filterTranslate serves scapls/filter/translate.
func (p *peer) filterTranslate(ctx context.Context, params *wire.FilterTranslateParams) (wire.FilterTranslateResult, error) {
	h, release, err := p.help(ctx, "", params.Text, params.Language)
	defer release()
	if err != nil {
		return wire.FilterTranslateResult{}, err
	}
	to, err := fromLanguage(params.To)
	if err != nil {
		return wire.FilterTranslateResult{}, err
	}
	if to == filter.Auto {
		return wire.FilterTranslateResult{}, badParams("to names no language; there are %s and %s", wire.LanguageSysdig, wire.LanguageWireshark)
	}
	read := filter.Read(h.text, h.lang)
	text, problems := filter.Translate(read.Tree, to)
	return wire.FilterTranslateResult{OK: len(problems) == 0, Text: valid(text), Problems: h.units.diagnostics(problems)}, nil
}

// filterFormat serves scapls/filter/format.
func (p *peer) filterFormat(ctx context.Context, params *wire.FilterParams) (wire.FilterTextResult, error) {
	h, release, err := p.help(ctx, "", params.Text, params.Language)
	defer release()
	if err != nil {
		return wire.FilterTextResult{}, err
	}
	read := filter.Read(h.text, h.lang)
	return wire.FilterTextResult{Text: valid(filter.Format(read.Tree)), Language: toLanguage(read.Language())}, nil
}

// filterFields serves scapls/filter/fields.
func (p *peer) filterFields(context.Context, *wire.Empty) (wire.FieldsResult, error) {
	return wire.FieldsResult{Fields: each(slices.Concat(field.All(), field.WiresharkOnly()), fieldInfo)}, nil
}

// fieldInfo returns what the catalogue says of a field.
func fieldInfo(f *field.Field) wire.FieldInfo {
	return wire.FieldInfo{
		Name: f.Name, Class: f.Class, Type: f.TypeName(), Argument: f.Syntax, Required: f.Arg == field.ArgRequired, Help: f.Help,
		Example: f.Example(), Stratoshark: f.Stratoshark(), Needs: f.Needs(),
	}
}
