// The dialog that writes a note on an event.
import type { NoteTexts } from '../../shared/notes';
import { method, type Note } from '../../shared/wire.gen';
import { format, h } from '../dom';
import type { Host } from '../host';

export interface DialogEvents {
  say(text: string): void;
  closed(): void;
}

export class NoteDialog {
  private readonly dialog: HTMLDialogElement;
  private readonly title = h('h2', { id: 'note-title' });
  private readonly sentence = h('p', { class: 'sentence' });
  private readonly file = h('div', { class: 'in-file' });
  private readonly text: HTMLTextAreaElement;
  private readonly remove: HTMLButtonElement;
  private note: Note | undefined;

  constructor(private readonly host: Host, private readonly texts: NoteTexts, private readonly events: DialogEvents) {
    const t = texts, button = (cls: string, label: string, run: () => void): HTMLButtonElement => {
      const b = h('button', { type: 'button', class: cls }, label);
      b.addEventListener('click', run);
      return b;
    };
    this.text = h('textarea', { rows: 6, placeholder: t.placeholder, 'aria-labelledby': 'note-title', spellcheck: 'true' });
    this.remove = button('secondary', t.remove, () => void this.save(''));
    this.dialog = h('dialog', { class: 'note-dialog', 'aria-labelledby': 'note-title' }, this.title, this.sentence, this.file, this.text,
      h('div', { class: 'buttons' }, button('primary', t.save, () => void this.save(this.text.value)), this.remove, button('secondary', t.cancel, () => this.dialog.close())));
    this.dialog.addEventListener('close', () => this.events.closed());
    this.dialog.addEventListener('keydown', e => this.key(e));
    document.body.append(this.dialog);
  }

  /** open shows what is noted about an event, to be changed. */
  async open(num: number): Promise<void> {
    const r = await this.host.request(method.notes, { kind: '', start: 0, count: 0, num });
    const note = r.notes[0];
    if (!note) return;
    this.note = note;
    this.title.textContent = format(this.texts.dialog, note.number);
    this.sentence.textContent = note.sentence;
    this.file.replaceChildren(...(note.file ?? []).map(c => h('blockquote', { title: this.texts.inFile }, c)));
    this.text.value = note.comment;
    this.remove.hidden = note.comment === '';
    if (!this.dialog.isConnected) document.body.append(this.dialog);
    if (!this.dialog.open) this.dialog.showModal();
    this.text.focus();
    this.text.setSelectionRange(note.comment.length, note.comment.length);
  }

  private key(e: KeyboardEvent): void {
    e.stopPropagation();
    if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey)) return;
    e.preventDefault();
    void this.save(this.text.value);
  }

  private async save(text: string): Promise<void> {
    if (!this.note) return;
    try {
      await this.host.request(method.notesComment, { num: this.note.num, text, author: '' });
      this.dialog.close();
    } catch (e) {
      this.events.say(e instanceof Error ? e.message : String(e));
    }
  }
}
