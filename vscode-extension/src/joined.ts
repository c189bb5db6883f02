// A filter joined with the one that a list has, whatever languages the two are in.
import type { FilterTranslateResult, Language } from '../shared/wire.gen';

export interface Filter { text: string; language: Language }

/** Translate writes a filter in another language, as scapls/filter/translate does. */
export type Translate = (text: string, language: Language, to: Language) => Promise<FilterTranslateResult>;

/** both is two filters in one language. */
const both = (a: string, b: string): string => `(${a}) and ${/\bor\b|\|\|/i.test(b) ? `(${b})` : b}`;

/**
 * joined selects what two filters both select; add is in sysdig's language. It is in the language of the base where what is added can be written in it, else in
 * sysdig's. Problems are why it cannot be written at all.
 */
export async function joined(base: Filter, add: string, translate: Translate): Promise<Filter | { problems: string[] }> {
  if (base.text === '') return { text: add, language: 'sysdig' };
  if (base.language === 'sysdig') return { text: both(base.text, add), language: 'sysdig' };
  const added = base.language === 'wireshark' ? await translate(add, 'sysdig', 'wireshark') : undefined;
  if (added?.ok) return { text: both(base.text, added.text), language: 'wireshark' };
  const old = await translate(base.text, base.language, 'sysdig');
  return old.ok ? { text: both(old.text, add), language: 'sysdig' } : { problems: problemsOf(base.text, old) };
}

/** problemsOf is what a filter has that another language has not, each with the place. */
export const problemsOf = (text: string, r: FilterTranslateResult): string[] =>
  (r.problems ?? []).map(p => [text.slice(p.start, p.end), p.message].filter(Boolean).join(': '));
