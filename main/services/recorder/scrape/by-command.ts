import { FieldError } from '../../../../preload/contract/failure.ts';
import { script } from '../../../core/sh.ts';
import { shellText } from '../../../core/shell-text.ts';
import type { Sh } from '../../../core/sh.ts';
import type { Link } from '../../../ports.ts';
import type { Asked } from './asked.ts';

const mostBytes = 64 * 2 ** 20;
const patienceMs = 60_000;
const noTool = 93;
const noAnswer = 94;

/** Arguments: a port, a path. Says on stderr which tool it was. */
const fetchScript = `# the node's own metrics, by whatever can ask for them
url=http://127.0.0.1:$1$2
if command -v curl >/dev/null 2>&1; then echo curl >&2; curl -s -f --noproxy '*' -m 30 "$url" || exit ${noAnswer}
elif command -v wget >/dev/null 2>&1; then echo wget >&2; wget -q -T 30 -O - "$url" || exit ${noAnswer}
else exit ${noTool}; fi`;

/** Arguments: a path of the API server, or what stands before and behind the node's name in it. */
const kubectlScript = shellText`# the API server's metrics, with the node's own rights
command -v k3s >/dev/null 2>&1 || exit ${String(noTool)}
path=$1
if [ -n "$2" ]; then
  # K3s calls a node as its configuration does, else by its hostname in small letters
  n=$(sed -n 's/^node-name:[[:space:]]*\([^[:space:]]*\).*/\1/p' /etc/rancher/k3s/config.yaml 2>/dev/null | head -n 1 | tr -d "\"'")
  [ -n "$n" ] || n=$(uname -n | tr 'A-Z' 'a-z')
  path=$1$n$2
fi
echo kubectl >&2
k3s kubectl get --raw "$path" || exit ${String(noAnswer)}`;

async function ran(
  link: Link,
  command: Sh,
  as: 'login' | 'root',
  signal: AbortSignal,
): Promise<Asked | undefined> {
  const { code, stdout, stderr, truncated } = await link.exec(command, {
    signal,
    as,
    timeoutMs: patienceMs,
    keepBytes: mostBytes,
  });
  if (code === noTool || code === noAnswer) return undefined;
  if (truncated || code !== 0)
    throw new FieldError({
      code: 'could-not',
      says: truncated
        ? 'More than 64 MiB came; that cannot be a node’s metrics.'
        : 'The node gave no metrics.',
      about: `${link.who.hostname}: exit ${code ?? 'by a signal'}`,
      untouched: 'Nothing was changed on the node.',
      next: 'It is asked again next time.',
    });
  const tool = /\b(curl|wget|kubectl)\b/.exec(stderr)?.[1] ?? 'curl';
  return { by: tool as Asked['by'], text: Buffer.from(stdout) };
}

/** Over HTTP without a login, by curl or wget on the node; nothing where neither is, or nobody answers. */
export const byFetch = (
  link: Link,
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<Asked | undefined> => ran(link, script(fetchScript, String(port), path), 'login', signal);

/** Through the API server, by `k3s kubectl get --raw` as root; of two parts of a path the node's name stands between. */
export const byKubectl = (
  link: Link,
  path: readonly [string, string?],
  signal: AbortSignal,
): Promise<Asked | undefined> => ran(link, script(kubectlScript, path[0], path[1] ?? ''), 'root', signal);
