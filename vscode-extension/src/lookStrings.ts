// The texts of profiles and explanations in the webview.
import { l10n } from 'vscode';
import type { LookStrings } from '../shared/look';

/** lookStrings is all of them in the language of the user. */
export const lookStrings = (): LookStrings => ({
  undo: l10n.t('Undo'), dismiss: l10n.t('Dismiss'), explain: l10n.t('What this event tells'),
});
