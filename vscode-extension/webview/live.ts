// The line above the list while a capture runs: how it goes, whether the list follows it, and what can be done with it.
import type { LiveAction, LiveState } from '../shared/capture';
import type { Strings } from '../shared/messages';
import { format, h, icon, set } from './dom';

export interface LiveEvents {
  follow(on: boolean): void;
  pause(on: boolean): void;
  act(action: LiveAction): void;
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

export class LiveBar {
  readonly element: HTMLElement;
  state: LiveState | undefined;
  paused = false;
  private following = false;
  private behind = 0;
  private readonly dot = h('i', { 'aria-hidden': 'true' });
  private readonly where = h('span', { class: 'live-where' });
  private readonly rate = h('span', { class: 'live-rate' });
  private readonly drops = h('span', { class: 'live-drops' });
  private readonly size = h('span', { class: 'live-size' });
  private readonly newer = h('span', { class: 'live-newer', role: 'status' });
  private readonly followButton: HTMLButtonElement;
  private readonly pauseButton: HTMLButtonElement;
  private readonly buttons: Record<LiveAction, HTMLButtonElement>;

  constructor(private readonly strings: Strings, private readonly locale: string, private readonly events: LiveEvents) {
    const s = strings;
    const button = (name: string, label: string, tip: string, run: () => void): HTMLButtonElement => {
      const b = h('button', { type: 'button', class: 'toggle', title: tip }, icon(name), h('span', {}, label));
      b.addEventListener('click', run);
      return b;
    };
    this.followButton = button('arrow-down', s.liveFollow, s.liveFollowTip, () => this.events.follow(this.paused || !this.following));
    this.pauseButton = button('debug-pause', s.livePause, s.livePauseTip, () => this.setPaused(!this.paused));
    const action = (a: LiveAction, name: string, label: string, tip = label): HTMLButtonElement => button(name, label, tip, () => this.events.act(a));
    this.buttons = {
      stop: action('stop', 'debug-stop', s.liveStop), save: action('save', 'save-as', s.liveSave, s.liveSaveTip), again: action('again', 'debug-restart', s.liveAgain),
      discard: action('discard', 'trash', s.liveDiscard),
    };
    this.element = h('div', { class: 'live', role: 'toolbar', 'aria-label': s.liveBar, hidden: true }, this.dot, this.where, this.rate, this.drops, this.size, this.newer,
      h('span', { class: 'grow' }), this.followButton, this.pauseButton, this.buttons.stop, this.buttons.again, this.buttons.save, this.buttons.discard);
  }

  /** goesOn tells that events may still come. */
  get goesOn(): boolean {
    return this.state !== undefined && this.state.state !== 'ended' && this.state.state !== 'error';
  }

  show(state: LiveState | undefined): void {
    this.state = state;
    this.element.hidden = state === undefined;
    if (!state) return;
    const s = this.strings, on = this.goesOn, n = (v: number): string => Math.round(v).toLocaleString(this.locale);
    this.dot.className = `codicon codicon-${state.state === 'error' ? 'error' : on ? 'record' : 'pass'} ${state.state}`;
    this.where.textContent = [state.state === 'grows' ? s.liveGrows : state.state === 'running' ? s.liveRunning : '', state.state === 'grows' ? '' : state.where, state.said].filter(Boolean).join(' · ');
    this.rate.textContent = on ? format(s.liveRate, n(state.eventsPerSecond)) : '';
    const lost = state.drops ?? 0;
    this.drops.textContent = state.state === 'grows' ? '' : lost > 0 ? format(s.liveDrops, n(lost)) : state.drops === undefined ? s.liveDropsUnknown : s.liveNoDrops;
    set(this.drops, { title: state.dropsTip || undefined });
    this.drops.classList.toggle('bad', lost > 0);
    this.size.textContent = bytes(state.size, this.locale);
    this.buttons.stop.hidden = !on || state.state === 'grows';
    this.buttons.stop.disabled = state.state === 'stopping';
    this.buttons.again.hidden = !state.again;
    this.buttons.save.hidden = state.state === 'grows' || state.several === true;
    this.buttons.discard.hidden = !state.temporary;
    this.followButton.hidden = this.pauseButton.hidden = !on;
    if (!on && this.paused) this.setPaused(false);
    this.marks();
  }

  followed(on: boolean): void {
    this.following = on;
    this.marks();
  }

  /** counted tells how many events came that a paused list does not show. */
  counted(behind: number): void {
    this.behind = Math.max(0, behind);
    this.marks();
  }

  setPaused(on: boolean): void {
    if (this.paused === on) return;
    this.paused = on;
    this.events.pause(on);
    this.marks();
  }

  private marks(): void {
    set(this.followButton, { 'aria-pressed': String(this.following && !this.paused) });
    set(this.pauseButton, { 'aria-pressed': String(this.paused) });
    this.newer.textContent = this.paused ? format(this.strings.livePaused, this.behind.toLocaleString(this.locale)) : '';
  }
}

function bytes(n: number, locale: string): string {
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${n.toLocaleString(locale, { maximumFractionDigits: i === 0 || n >= 100 ? 0 : 1 })} ${units[i]}`;
}
