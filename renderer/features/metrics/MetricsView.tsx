import { Activity, Download, ZoomOut } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Site } from '../../../preload/contract/domain.ts';
import type { DiskWear, MetricsFinding, MetricsOverview } from '../../../preload/contract/metrics.ts';
import { Button } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { moment } from '../../ui/format.ts';
import { Card, Empty, Head } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useTask } from '../app/use-task.ts';
import { SitePicker } from '../sites/SitePicker.tsx';
import { siteOf } from '../sites/store.ts';
import { enterSite, exportKey, exportMetrics, show } from './actions.ts';
import { BetweenPart } from './BetweenPart.tsx';
import { ChartCard } from './ChartCard.tsx';
import { RecorderPart } from './RecorderPart.tsx';
import { SearchPart } from './SearchPart.tsx';
import { panelUnits } from './series.ts';
import { spans } from './store.ts';

/** What was logged of a site: whether something is wrong, the charts that tell most, and every other metric. */
export function MetricsView() {
  const page = usePage();
  const words = useWords().metrics;
  const site = useStore(page.sites, siteOf);
  const sites = useStore(page.sites, state => state.sites.value);
  const [saving, setSaving] = useState(false);
  const saved = useTask(exportKey)?.is === 'done';
  return (
    <>
      <Head title={words.title} says={words.says}>
        {site && (
          <Button icon={Download} onClick={() => setSaving(true)}>
            {words.export}
          </Button>
        )}
      </Head>
      <SitePicker />
      {sites?.length === 0 && (
        <Empty icon={Activity} title={words.noSite} says={words.noSiteSays}>
          <Button look="primary" onClick={() => go({ is: 'sites' })}>
            {words.toSites}
          </Button>
        </Empty>
      )}
      <TaskLine task={exportKey} label={words.exporting} />
      {saved && <p role="status">{words.exported}</p>}
      {site && <OneSite key={site.id} site={site} />}
      {saving && site && (
        <FolderPicker
          title={words.export}
          says={words.exportSays}
          onClose={() => setSaving(false)}
          actions={[{ label: words.exportGo, act: path => void exportMetrics(page, site.id, path) }]}
        />
      )}
    </>
  );
}

function OneSite({ site }: { readonly site: Site }) {
  const page = usePage();
  const words = useWords().metrics;
  const { overview, site: shown } = useStore(page.metrics);
  useEffect(() => enterSite(page, site.id), [page, site.id]);
  // What was loaded of another site is gone with the next frame; until then nothing of it is shown.
  if (shown !== site.id) return null;
  const { value, failure } = overview;
  const drawn = value?.panels.filter(panel => panel.lines.length > 0) ?? [];
  return (
    <>
      <RecorderPart site={site} />
      {value && value.findings.length > 0 && <Findings findings={value.findings} />}
      <Ranges />
      {failure && <FailurePanel failure={failure} />}
      {value && drawn.length === 0 && (
        <Empty icon={Activity} title={words.nothing} says={words.nothingSays} />
      )}
      {value && drawn.length > 0 && <Panels overview={value} />}
      {value && <SearchPart marks={value.marks} />}
      <BetweenPart site={site} />
    </>
  );
}

function Findings({ findings }: { readonly findings: readonly MetricsFinding[] }) {
  const words = useWords().metrics;
  return (
    <Card title={words.findings} says={words.findingsSays}>
      <ul className="metric-findings" aria-label={words.findings}>
        {findings.map(each => (
          <li key={`${each.rule} ${each.instance} ${each.seen}`}>
            <Badge tone={each.grade}>{each.instance}</Badge>
            <div>
              <p>{each.says}</p>
              <p className="hint">{each.next}</p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Ranges() {
  const page = usePage();
  const words = useWords().metrics;
  const range = useStore(page.metrics, state => state.range);
  return (
    <div className="row between">
      <Choice
        label={words.range}
        value={range.is === 'last' ? range.span : 'zoomed'}
        options={[
          ...spans.map(span => ({ value: span, label: words.spans[span] })),
          ...(range.is === 'zoomed' ? [{ value: 'zoomed' as const, label: words.zoomed }] : []),
        ]}
        onValue={span => span !== 'zoomed' && show(page, { is: 'last', span })}
      />
      {range.is === 'zoomed' && (
        <div className="row tight">
          <span>
            {moment(new Date(range.from).toISOString())} – {moment(new Date(range.to).toISOString())}
          </span>
          <Button icon={ZoomOut} onClick={() => show(page, { is: 'last', span: range.before })}>
            {words.zoomOut}
          </Button>
        </div>
      )}
    </div>
  );
}

function Wear({ disks }: { readonly disks: readonly DiskWear[] }) {
  const words = useWords().metrics;
  const day = (at: string): string => at.slice(0, 10);
  return (
    <ul className="marks">
      {disks.map(({ instance, device, used, ends }) => (
        <li key={`${instance} ${device}`}>
          {words.worn(`${instance} ${device}`, Math.round(used * 100))}{' '}
          {ends
            ? words.wearEnds(day(ends.at), day(ends.earliest), ends.latest && day(ends.latest))
            : words.wearUnknown}
        </li>
      ))}
    </ul>
  );
}

function Panels({ overview }: { readonly overview: MetricsOverview }) {
  const words = useWords().metrics;
  const { panels, marks } = overview;
  return (
    <>
      <div className="charts">
        {panels
          .filter(panel => panel.lines.length > 0)
          .map(panel => (
            <ChartCard
              key={panel.panel}
              title={words.panels[panel.panel].title}
              says={words.panels[panel.panel].says}
              name={panel.panel}
              answer={panel}
              unit={panelUnits[panel.panel]}
              marks={marks}
              height={180}
            >
              {panel.panel === 'wear' && <Wear disks={overview.wear} />}
            </ChartCard>
          ))}
      </div>
      {marks.length > 0 && (
        <Card title={words.marks} says={words.marksSays}>
          <ul className="marks">
            {marks.slice(-20).map(mark => (
              <li key={`${mark.at} ${mark.says}`}>
                <time dateTime={new Date(mark.at).toISOString()}>
                  {moment(new Date(mark.at).toISOString())}
                </time>{' '}
                {mark.says}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
