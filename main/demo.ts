import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CallOptions, Client } from '../preload/contract/client.ts';
import type { Bundle, Export, Preflight, Progress, Run, Snapshot } from '../preload/contract/domain.ts';
import type { SiteId } from '../preload/contract/ids.ts';
import type { ProofPart, SnapshotProof } from '../preload/contract/snapshots/proof.ts';
import type { ReceivedBag } from '../preload/contract/supply/hq.ts';
import { exitCodes, failureOf, FieldError, kindOf } from '../preload/contract/failure.ts';
import { failureText, progressLine } from './cli/output.ts';
import { duration, size, table } from './cli/words.ts';
import { hostFor } from './cli/host.ts';
import { Secret } from './core/secret.ts';
import { openBag } from './services/supply/open-bag.ts';
import { localFiles } from './machine/files.ts';
import { work } from './machine/work.ts';
import { resourcesFolder } from './version.ts';

/** The main job, unattended, on the practice station: bundle → node → install → snapshot → proof → metrics → signed and sealed bag → opened again → receipt. */

const stickFolder = resolve('demo-stick');
const practiceHome = resolve('.demo-home');
const began = performance.now();
const rows: (readonly [step: string, result: string, took: string])[] = [];
const terminal = process.stderr.isTTY;

const clearLine = (): void => {
  if (terminal) process.stderr.write('\r\u001b[2K');
};
const onProgress = (progress: Progress): void => {
  if (terminal)
    process.stderr.write(
      `\r\u001b[2K  ${progressLine(progress).slice(0, (process.stderr.columns ?? 80) - 3)}`,
    );
};

const partMarks: Readonly<Record<ProofPart['is'], string>> = {
  passed: '✓',
  warning: '!',
  failed: '✗',
  'not-checked': '?',
};

/** One step of the demo: says what it does, does it, and notes what came out. */
async function step<T>(title: string, job: () => Promise<T>, result: (value: T) => string): Promise<T> {
  const from = performance.now();
  process.stdout.write(`${title} …\n`);
  const value = await job();
  clearLine();
  const took = `${((performance.now() - from) / 1000).toFixed(1)} s`;
  process.stdout.write(`  ✓ ${result(value)} (${took})\n`);
  rows.push([title, result(value), took]);
  return value;
}

/** A check that must hold; a demo never goes on past one that does not. */
function must(holds: boolean, says: string, about: string, next: string): void {
  if (!holds)
    throw new FieldError({
      code: 'check-failed',
      says,
      about,
      untouched: 'Later steps were not done.',
      next,
    });
}

const fresh =
  'Delete the folder .demo-home and run `npm run demo` again; if it fails the same way, report the text above.';

/** Follows a run to its end, printing each step as it passes. */
async function followed(client: Client, run: Run): Promise<Run> {
  for await (const news of client.listen('run.news', { run: run.id })) {
    if (news.is === 'step') {
      onProgress(news.progress);
      if (['passed', 'already', 'failed'].includes(news.step.standing)) {
        clearLine();
        process.stdout.write(`    ${news.step.standing === 'failed' ? '✗' : '✓'} ${news.step.title}\n`);
      }
    } else if (news.is === 'progress') onProgress(news.progress);
    else if (news.is === 'ended') return news.run;
    else if (news.run.state !== 'running') return news.run;
  }
  return client.call('run.show', { run: run.id });
}

function passedRun(run: Run): Run {
  if (run.state !== 'passed')
    throw run.failure
      ? new FieldError(run.failure)
      : new FieldError({ code: 'step-failed', says: `${run.title} did not finish.`, next: fresh });
  return run;
}

async function demo(client: Client, signal: AbortSignal): Promise<void> {
  const options = { signal, onProgress };
  const station = await client.call('practice.station', {}, options);

  const bundle = await step(
    'Verify the practice bundle',
    () => client.call('bundle.import', { path: station.bundleFolder }, options),
    (value: Bundle) =>
      `K3s ${value.k3sVersion}, ${value.files.length} files, ${size(value.bytes)}, ${value.origin.is === 'signed' ? 'signature holds' : 'unsigned'}`,
  );
  must(
    bundle.complete && bundle.origin.is === 'signed',
    'The practice bundle is damaged.',
    station.bundleFolder,
    'Check out resources/practice again.',
  );

  await step(
    'Find the practice node',
    () => client.call('node.look', { node: station.node }, options),
    look => `${look.hostname}, ${look.os}, ${look.arch}, sudo ${look.sudo}`,
  );
  const defaults = await client.call('install.defaults', { node: station.node }, options);
  const preflight = await step(
    'Check it before anything is changed',
    () =>
      client.call('node.preflight', { node: station.node, bundle: bundle.id, options: defaults }, options),
    (value: Preflight) => `${value.checks.length} checks, none in the way`,
  );
  must(
    preflight.verdict !== 'blocked',
    'The practice node does not pass its preflight.',
    'practice node',
    fresh,
  );

  const ask = { is: 'install-single', node: station.node, bundle: bundle.id, options: defaults } as const;
  const plan = await step(
    'Plan the install',
    () => client.call('run.plan', { ask }, options),
    value => `${value.steps.length} steps`,
  );
  for (const planned of plan.steps) {
    process.stdout.write(`    ${planned.title}\n`);
    for (const command of planned.commands)
      process.stdout.write(
        `      ${command.as === 'root' ? '#' : command.as === 'login' ? '$' : '·'} ${command.text.split('\n')[0]?.slice(0, 110)}\n`,
      );
  }
  await step(
    'Install K3s over SSH and wait until it is Ready',
    async () =>
      passedRun(
        await followed(client, await client.call('run.start', { ask, digest: plan.digest }, options)),
      ),
    run => (run.unchanged ? 'already installed, nothing changed' : `${run.steps.length} steps, node Ready`),
  );

  const taken = await step(
    'Take an etcd snapshot',
    () => client.call('snapshot.take', { node: station.node }, options),
    value => `${value.name}, ${size(value.bytes)}`,
  );
  const snapshot = await step(
    'Pull it and check its SHA-256 trailer',
    () => client.call('snapshot.pull', { node: station.node, name: taken.name }, options),
    (value: Snapshot) => value.check.says,
  );
  must(
    snapshot.check.intact && snapshot.check.trailer === 'holds',
    'The snapshot is not intact.',
    snapshot.path,
    fresh,
  );

  const proof = await step(
    'Prove that it can bring the cluster back',
    () => client.call('snapshot.prove', { of: { is: 'kept', snapshot: snapshot.id } }, options),
    (value: SnapshotProof) => value.says,
  );
  for (const part of proof.parts)
    process.stdout.write(`    ${partMarks[part.is]} ${part.title}: ${part.says}\n`);
  must(
    proof.verdict === 'site-restorable' || proof.verdict === 'cluster-restorable',
    `The snapshot is not proven: ${proof.says}`,
    snapshot.path,
    fresh,
  );

  const logged = await step(
    'Log metrics of the node over SSH',
    () => loggedMetrics(client, station.site, options),
    value => `${value} scrapes, nothing installed on the node`,
  );
  must(logged >= scrapesWanted, 'The metrics of the practice node were not logged.', 'practice node', fresh);

  const bag = await step(
    'Seal it for headquarters and the safe, sign it, and write the bag',
    () => client.call('export.write', { site: station.site, to: stickFolder }, options),
    (value: Export) =>
      `${value.files} files, ${size(value.bytes)}, re-read and compared, number ${value.counter} of key ${value.laptopKey}`,
  );
  must(bag.check.complete, `The bag is not whole: ${bag.check.problems.join('; ')}`, bag.path, fresh);

  await step(
    'Open it as headquarters would and compare',
    () => openedAgain(bag, snapshot, signal),
    files => `${files} files opened, snapshot identical`,
  );

  const received = await step(
    'Receive it at headquarters: signature, every hash, the proof, a signed receipt',
    () => receivedAtHeadquarters(client, bag, options),
    value =>
      `${value.is === 'again' ? 'known already' : 'received'}, ${value.snapshots?.length ?? 0} restorable`,
  );
  must(
    received.is === 'received' && received.verdict === 'received',
    `Headquarters did not take the bag: ${received.says}`,
    bag.path,
    fresh,
  );

  const confirmed = await step(
    'Take the receipt off the stick at the site',
    async () => {
      await client.call('post.take', { from: stickFolder }, options);
      return client.call('export.show', { export: bag.id }, options);
    },
    (value: Export) => `${value.state} by key ${value.receipt?.key ?? 'none'}`,
  );
  must(confirmed.state === 'confirmed', 'The receipt did not confirm the export.', bag.path, fresh);
}

const scrapesWanted = 20;

/** Logs every second until there are enough scrapes to see something grow; gives how many were stored. */
async function loggedMetrics(client: Client, site: SiteId, options: CallOptions): Promise<number> {
  let { scrapes } = await client.call('recorder.start', { site, everySeconds: 1 }, options);
  const enough = AbortSignal.any([AbortSignal.timeout(30_000), ...(options.signal ? [options.signal] : [])]);
  for await (const state of client.listen('recorder.watch', { site }, { signal: enough })) {
    ({ scrapes } = state);
    onProgress({ what: 'Logging', done: scrapes, total: scrapesWanted, unit: 'steps' });
    if (scrapes >= scrapesWanted) break;
  }
  await client.call('recorder.stop', { site }, options);
  return scrapes;
}

/** The practice headquarters, in an archive of its own: it enrols this laptop's key and receives the bag. */
async function receivedAtHeadquarters(
  client: Client,
  bag: Export,
  options: CallOptions,
): Promise<ReceivedBag> {
  const [hq, archive] = [join(resourcesFolder(), 'practice/hq'), join(practiceHome, 'headquarters')];
  const { laptop } = await client.call('keys.show', {}, options);
  const key = join(practiceHome, 'laptop.pub');
  await writeFile(key, `untrusted comment: signing key of the demo\n${laptop?.key ?? ''}\n`);
  await client.call('hq.enroll', { at: archive, key, name: 'demo laptop' }, options);
  const { bags } = await client.call(
    'hq.receive',
    {
      bags: [bag.path],
      identity: join(hq, 'age-identity.txt'),
      signKey: join(hq, 'practice-signing.key'),
      to: archive,
    },
    options,
  );
  const [received] = bags;
  if (!received) throw new Error('one bag was given, and none was answered');
  return received;
}

/** Reads the bag back, opens it with the practice headquarters' key, and compares the snapshot byte for byte by hash. */
async function openedAgain(bag: Export, snapshot: Snapshot, signal: AbortSignal): Promise<number> {
  const opened = join(practiceHome, 'opened');
  await rm(opened, { recursive: true, force: true });
  const identity = new Secret(
    (await readFile(join(resourcesFolder(), 'practice/hq/age-identity.txt'), 'utf8')).trim(),
  );
  try {
    const files = await openBag(bag.path, identity, opened, { files: localFiles(), work: work(), signal });
    must(
      files.some(file => file.sha256 === snapshot.sha256),
      'The snapshot that came out of the bag is not the one that went in.',
      bag.path,
      fresh,
    );
    return files.length;
  } finally {
    await rm(opened, { recursive: true, force: true });
  }
}

const stop = new AbortController();
process.on('SIGINT', () => (stop.signal.aborted ? process.exit(4) : stop.abort()));
try {
  process.env['COLDSTART_HOME'] = practiceHome;
  process.stdout.write(
    'Coldstart demo: the main job on the practice station. Everything here is practice.\n\n',
  );
  const host = await hostFor('practice', stop.signal, line => process.stderr.write(`${line}\n`));
  try {
    await demo(host.client, stop.signal);
  } finally {
    await host.close(stop.signal);
  }
  process.stdout.write(
    `\n${table(['STEP', 'RESULT', 'TOOK'], rows)}\n\n✓ Done in ${duration((performance.now() - began) / 1000)}. The bag is in ${stickFolder}\n`,
  );
} catch (thrown) {
  const failure = failureOf(thrown);
  clearLine();
  if (rows.length > 0) process.stdout.write(`\n${table(['STEP', 'RESULT', 'TOOK'], rows)}\n`);
  process.stderr.write(`\n${failureText(failure)}\n`);
  process.exitCode = exitCodes[kindOf(failure)];
}
