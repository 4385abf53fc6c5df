import { item } from './item.ts';
import type { Chapter } from './item.ts';
import { showConfig, showEnvironment, showRegistries } from './redacting.ts';

/** How K3s is set up; values only of what opens nothing, of tokens only the twelve digits K3s itself publishes. */
export const configChapter: Chapter = {
  id: 'config',
  title: 'Configuration and certificates',
  items: [
    item(
      'config',
      'config.yaml, unknown values hidden',
      String.raw`
f=/etc/rancher/k3s/config.yaml
if [ -r "$f" ]; then ${showConfig} "$f"; elif [ -e "$f" ]; then no 'Only root may read this.'; else echo '# no config.yaml'; fi
for f in /etc/rancher/k3s/config.yaml.d/*.yaml /etc/rancher/k3s/config.yaml.d/*.yml; do [ -r "$f" ] && { echo "# $f"; ${showConfig} "$f"; }; done
exit 0`,
    ),
    item(
      'registries',
      'registries.yaml, everything that logs in hidden',
      String.raw`
f=/etc/rancher/k3s/registries.yaml
if [ -r "$f" ]; then ${showRegistries} "$f"; else echo '# no registries.yaml'; fi`,
    ),
    item(
      'environment',
      'Environment of K3s, unknown values hidden',
      String.raw`
for f in /etc/systemd/system/k3s.service.env /etc/systemd/system/k3s-agent.service.env /etc/default/k3s /etc/sysconfig/k3s /etc/rancher/k3s/k3s.env; do
  [ -r "$f" ] && { echo "# $f"; ${showEnvironment} "$f"; }
done
exit 0`,
    ),
    item(
      'tokens',
      'Public hashes of the tokens',
      String.raw`
root
hash() { sed 's/^K10[0-9a-f]*::[^:]*://' | head -n 1 | tr -d '\r\n' | sha256sum | cut -c 1-12; }
for n in server/token server/agent-token; do [ -r "$d/$n" ] && echo "$n $(hash <"$d/$n")"; done
f=/etc/rancher/k3s/config.yaml
grep -q '^token:' "$f" 2>/dev/null && echo "config.yaml $(sed -n 's/^token:[[:space:]]*//p' "$f" | tr -d "\"'" | hash)"
[ -r "$d/server/tls/server-ca.crt" ] && echo "ca $(sha256sum <"$d/server/tls/server-ca.crt" | cut -c 1-64)"
exit 0`,
    ),
    item(
      'certs',
      'Dates of the certificates',
      String.raw`
root
[ -d "$d" ] || skip 'K3s has no data folder here.'
if has openssl; then
  for f in "$d"/server/tls/*.crt "$d"/server/tls/etcd/*.crt "$d"/agent/*.crt; do
    [ -r "$f" ] || continue
    t=$(openssl x509 -noout -startdate -enddate -in "$f" 2>/dev/null) && echo "$f $(echo $t)"
  done
elif [ -e "$d/data/current" ] && has k3s; then k3s certificate check --output table 2>&1 | tail -n 60
else no 'There is no openssl on this node.'; fi
exit 0`,
      { seconds: 12 },
    ),
  ],
};
