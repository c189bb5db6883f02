// What is seen, as a profile.
import type { Memento } from 'vscode';
import type { Layout } from '../shared/messages';
import type { ColumnSetting, FilterButtonGroup, ProfileColumn, ProfileGroup, ProfileSpec } from '../shared/wire.gen';
import type { Panel } from './editor';

/** savedLook is the present look of an editor as a profile. */
export async function savedLook(name: string, panel: Panel, groups: readonly FilterButtonGroup[], memory: Memento): Promise<ProfileSpec> {
  const { list, looks, document } = panel, { spec } = looks.profile, own = spec.columns ?? [], layout = memory.get<Layout>('layout');
  const known = document.state.kind === 'open' ? looks.look(document.state.open.columns).columns : [];
  const settings = list?.settings ?? own.map((c): ColumnSetting => ({ id: c.field, width: 0 }));
  const columns = settings.map((s): ProfileColumn => {
    const had = own.find(c => c.field === s.id), width = s.width || had?.width, title = s.title ?? had?.title, align = s.align ?? had?.align;
    return { field: s.id, ...(title && { title }), ...(width && { width }), ...(align && { align }) };
  });
  const usual = own.length === 0 && settings.every(s => !s.width && !s.title && !s.align) && same(columns, known.filter(c => c.default).map(c => c.id));
  const buttons = shown(spec.buttons, groups);
  return {
    name, ...(spec.description && { description: spec.description }),
    ...(!usual && { columns }), ...(spec.colors && { colors: spec.colors }), ...(buttons && { buttons }),
    ...(list && { time: list.time || 'h', view: list.query.view, internal: list.query.internal }),
    ...(layout && { views: { ...spec.views, panes: layout.side, buttons: layout.buttons !== false } }),
  };
}

const same = (columns: readonly ProfileColumn[], ids: readonly string[]): boolean => columns.length === ids.length && columns.every((c, i) => c.field === ids[i]);

/** shown is the buttons of the bar, undefined when they are those that come with scapls. */
function shown(own: ProfileGroup[] | undefined, groups: readonly FilterButtonGroup[]): ProfileGroup[] | undefined {
  const all = groups.flatMap(g => g.buttons ?? []);
  if (!own && !all.some(b => b.hidden || b.edited || !b.shipped)) return undefined;
  const out = (own ?? []).map(g => ({ name: g.name, buttons: [...(g.buttons ?? [])] }));
  for (const g of groups) {
    const buttons = (g.buttons ?? []).filter(b => !b.hidden && !(own && b.shipped)).map(b => ({ label: b.label, filter: b.text, ...(b.language && { language: b.language }), ...(b.tip && { tip: b.tip }) }));
    const there = out.find(x => x.name === g.name);
    if (there) there.buttons.push(...buttons);
    else if (buttons.length > 0) out.push({ name: g.name, buttons });
  }
  return out;
}
