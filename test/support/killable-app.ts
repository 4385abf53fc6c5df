/**
 * An app in a process of its own, to be killed: opens the home given as JSON in its one argument, begins an install or
 * continues the last run, and says on stdout where it stands, line by line.
 */
import { begin, installAsk, openApp } from './practice-site.ts';
import type { StationAt } from './practice-site.ts';
import { context, stopless } from './sites.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const app = await openApp(JSON.parse(process.argv[2] ?? '{}') as StationAt);
const [last] = await app.calls['run.list']({}, context());
const run = last
  ? await app.calls['run.continue']({ run: last.id }, context())
  : (await begin(app, await installAsk(app))).run;
for await (const news of app.handlers.feeds['run.news']({ run: run.id }, stopless)) {
  if (news.is === 'step') say(`${news.step.id} ${news.step.standing}`);
  if (news.is === 'ended') say(`ended ${news.run.state}`);
}
await app.close();
