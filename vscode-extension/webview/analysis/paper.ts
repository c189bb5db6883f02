// What views draw on: a canvas, or an SVG that is saved.
import { escaped } from './graphsvg';

/** Paper is what of a canvas the latency map and the scatter draw with. */
export type Paper = Pick<CanvasRenderingContext2D,
  'fillStyle' | 'strokeStyle' | 'globalAlpha' | 'font' | 'textAlign' | 'textBaseline' | 'fillRect' | 'strokeRect' | 'fillText' | 'beginPath' | 'moveTo' | 'lineTo' | 'arc' | 'stroke' | 'fill'>;

const n = (v: number): string => String(+v.toFixed(2));

/** SvgPaper writes down what is drawn. */
export class SvgPaper implements Paper {
  fillStyle: Paper['fillStyle'] = '#000';
  strokeStyle: Paper['strokeStyle'] = '#000';
  globalAlpha = 1;
  font = '11px sans-serif';
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  private readonly out: string[] = [];
  private path = '';

  constructor(private readonly width: number, private readonly height: number, paper: string) {
    this.fillStyle = paper;
    this.fillRect(0, 0, width, height);
  }

  fillRect(x: number, y: number, w: number, h: number): void {
    this.out.push(`<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" ${this.paint('fill', this.fillStyle)}/>`);
  }

  strokeRect(x: number, y: number, w: number, h: number): void {
    this.out.push(`<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" fill="none" ${this.paint('stroke', this.strokeStyle)}/>`);
  }

  fillText(text: string, x: number, y: number): void {
    const anchor = this.textAlign === 'right' ? 'end' : this.textAlign === 'center' ? 'middle' : 'start';
    this.out.push(`<text x="${n(x)}" y="${n(this.textBaseline === 'middle' ? y + 4 : y)}" text-anchor="${anchor}" font-family="sans-serif" font-size="11" ${this.paint('fill', this.fillStyle)}>${escaped(text)}</text>`);
  }

  beginPath(): void {
    this.path = '';
  }

  moveTo(x: number, y: number): void {
    this.path += `M${n(x)} ${n(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `L${n(x)} ${n(y)}`;
  }

  /** arc is always a whole circle. */
  arc(x: number, y: number, r: number): void {
    this.path += `M${n(x - r)} ${n(y)}a${n(r)} ${n(r)} 0 1 0 ${n(2 * r)} 0a${n(r)} ${n(r)} 0 1 0 ${n(-2 * r)} 0Z`;
  }

  stroke(): void {
    this.out.push(`<path d="${this.path}" fill="none" ${this.paint('stroke', this.strokeStyle)}/>`);
  }

  fill(): void {
    this.out.push(`<path d="${this.path}" ${this.paint('fill', this.fillStyle)}/>`);
  }

  get svg(): string {
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(this.width)} ${n(this.height)}" width="${n(this.width)}" height="${n(this.height)}">${this.out.join('')}</svg>\n`;
  }

  private paint(what: 'fill' | 'stroke', style: Paper['fillStyle']): string {
    return `${what}="${escaped(String(style))}"${this.globalAlpha < 1 ? ` ${what}-opacity="${n(this.globalAlpha)}"` : ''}`;
  }
}
