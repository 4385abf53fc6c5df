import { useSyncExternalStore } from 'react';

const asksForDark = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)');

/** Whether the page is dark: as the setting says, else as the system says. */
function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'dark' || (chosen !== 'light' && asksForDark().matches);
}

function watch(changed: () => void): () => void {
  const media = asksForDark();
  const attribute = new MutationObserver(changed);
  attribute.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  media.addEventListener('change', changed);
  return () => {
    attribute.disconnect();
    media.removeEventListener('change', changed);
  };
}

export const useDark = (): boolean => useSyncExternalStore(watch, isDark);
