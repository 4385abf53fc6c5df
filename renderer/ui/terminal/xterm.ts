import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal } from '@xterm/xterm';
import type { ITheme } from '@xterm/xterm';

export interface XtermOptions {
  readonly fontSize: number;
  readonly theme: ITheme;
  readonly scrollback: number;
  /** What the screen reader says of it. */
  readonly label: string;
  /** What the technician types; without it the terminal only shows. */
  readonly onData?: (data: string) => void;
  readonly onSize?: (size: { readonly cols: number; readonly rows: number }) => void;
  readonly onMatches: (at: number, of: number) => void;
  readonly onFollow: (following: boolean) => void;
  /** Ctrl+F6: the way out by keyboard. */
  readonly onLeave: () => void;
  readonly onFind: () => void;
}

/** One terminal on the page. */
export interface Xterm {
  write(bytes: Uint8Array, taken: () => void): void;
  size(): { readonly cols: number; readonly rows: number };
  restyle(theme: ITheme, fontSize: number): void;
  find(text: string, way: 'next' | 'previous'): void;
  clearFind(): void;
  selection(): string;
  all(): string;
  toEnd(): void;
  focus(): void;
  speak(on: boolean): void;
  close(): void;
}

const matchColours = {
  matchBackground: '#e0b400',
  matchOverviewRuler: '#e0b400',
  activeMatchBackground: '#ff9d3b',
  activeMatchColorOverviewRuler: '#ff9d3b',
};

/** Names of renderers that compute what a graphics card would draw. */
const computed = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Whether a graphics card draws; WebGL that is computed is three times slower than xterm's own page elements. */
function hasGraphicsCard(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  if (!context) return false;
  const known = context.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = known && context.getParameter(known.UNMASKED_RENDERER_WEBGL);
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return typeof name === 'string' && !computed.test(name);
}

/** Draws with the graphics card where there is one, with page elements elsewhere. */
function accelerate(term: Terminal): void {
  if (!hasGraphicsCard()) return;
  try {
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    term.loadAddon(webgl);
  } catch {
    // The card has no room for one more picture: xterm's own renderer does the same.
  }
}

function everything(term: Terminal): string {
  const { active } = term.buffer;
  let out = '';
  for (let y = 0; y < active.length; y++) {
    const line = active.getLine(y);
    out += `${line?.isWrapped === true || y === 0 ? '' : '\n'}${line?.translateToString(true) ?? ''}`;
  }
  return out.trimEnd();
}

/** Opens a terminal in an element and keeps it as large as the element. */
export function openXterm(element: HTMLElement, options: XtermOptions): Xterm {
  const reads = options.onData !== undefined;
  const term = new Terminal({
    allowProposedApi: true,
    cursorBlink: false,
    disableStdin: !reads,
    cursorInactiveStyle: reads ? 'outline' : 'none',
    fontFamily: "'JetBrains Mono', ui-monospace, monospace",
    fontSize: options.fontSize,
    minimumContrastRatio: 4.5,
    scrollback: options.scrollback,
    theme: options.theme,
    convertEol: false,
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  term.loadAddon(fit);
  term.loadAddon(search);
  term.loadAddon(new Unicode11Addon());
  // A link in a node's output is text from outside: it is only opened when it is held with Ctrl, in a new page.
  term.loadAddon(
    new WebLinksAddon((event, uri) => {
      if (event.ctrlKey || event.metaKey) window.open(uri, '_blank', 'noopener,noreferrer');
    }),
  );
  term.unicode.activeVersion = '11';
  term.open(element);
  accelerate(term);
  term.textarea?.setAttribute('aria-label', options.label);
  term.attachCustomKeyEventHandler(event => {
    if (event.key === 'F6' && event.ctrlKey) {
      if (event.type === 'keydown') options.onLeave();
      event.preventDefault();
      return false;
    }
    if (event.ctrlKey && event.shiftKey && event.code === 'KeyF') {
      if (event.type === 'keydown') options.onFind();
      event.preventDefault();
      return false;
    }
    if (event.ctrlKey && event.shiftKey && event.code === 'KeyC') {
      if (event.type === 'keydown' && term.hasSelection())
        void navigator.clipboard.writeText(term.getSelection());
      event.preventDefault();
      return false;
    }
    // A terminal that only shows must not hold Tab and Escape.
    return reads || (event.key !== 'Tab' && event.key !== 'Escape');
  });
  search.onDidChangeResults(({ resultIndex, resultCount }) =>
    options.onMatches(resultIndex + 1, resultCount),
  );
  const tellFollow = (): void => options.onFollow(term.buffer.active.viewportY >= term.buffer.active.baseY);
  term.onScroll(tellFollow);
  const viewport = element.querySelector('.xterm-viewport, .xterm-scrollable-element');
  viewport?.addEventListener('wheel', () => requestAnimationFrame(tellFollow), { passive: true });
  if (options.onData) {
    term.onData(options.onData);
  }
  const refit = (): void => {
    if (element.clientWidth > 40 && element.clientHeight > 20) fit.fit();
  };
  refit();
  term.onResize(size => options.onSize?.({ cols: size.cols, rows: size.rows }));
  const watcher = new ResizeObserver(() => requestAnimationFrame(refit));
  watcher.observe(element);
  return {
    write: (bytes, taken) => term.write(bytes, taken),
    size: () => ({ cols: term.cols, rows: term.rows }),
    restyle(theme, fontSize) {
      term.options.theme = theme;
      term.options.fontSize = fontSize;
      refit();
    },
    find(text, way) {
      if (way === 'next') search.findNext(text, { decorations: matchColours, incremental: false });
      else search.findPrevious(text, { decorations: matchColours });
    },
    clearFind: () => search.clearDecorations(),
    selection: () => term.getSelection(),
    all: () => everything(term),
    toEnd: () => term.scrollToBottom(),
    focus: () => term.focus(),
    speak(on) {
      term.options.screenReaderMode = on;
    },
    close() {
      watcher.disconnect();
      term.dispose();
    },
  };
}
