import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './features/app/App.tsx';
import type { Host } from './features/app/host.ts';
import { makePage } from './features/app/page.ts';
import './ui/style.ts';

/** Puts the page on the screen, over this host. */
export function start(host: Host): void {
  const place = document.getElementById('page');
  if (!place) throw new Error('The page has no place for its content.');
  createRoot(place).render(
    <StrictMode>
      <App page={makePage(host, location.hash)} />
    </StrictMode>,
  );
}
