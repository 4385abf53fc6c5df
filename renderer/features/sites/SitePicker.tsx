import { useStore } from 'zustand';
import { Select } from '../../ui/Field.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { chooseSite } from './actions.ts';
import { siteOf } from './store.ts';

/** Chooses the site to work at; nothing to see while there is only one. */
export function SitePicker() {
  const page = usePage();
  const words = useWords().sites;
  const sites = useStore(page.sites, state => state.sites.value);
  const site = useStore(page.sites, siteOf);
  if (!sites || sites.length < 2 || !site) return null;
  return (
    <div className="picker">
      <Select
        label={words.site}
        value={site.id}
        options={sites.map(each => ({ value: each.id, label: each.name }))}
        onValue={id => chooseSite(page, id)}
      />
    </div>
  );
}
