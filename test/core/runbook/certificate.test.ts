import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCertificate } from '../../../main/core/runbook/certificate.ts';
import { kubeNode } from '../../../main/core/runbook/kube-node.ts';

const now = new Date('2026-06-02T00:00:00Z');
const names = ['192.168.50.11', 'k3s.site'];

// Made with `openssl ca`: two CAs of one name valid 2026-06-01 to 2036-06-01, and a leaf of the first, valid for a year.
const ca = `-----BEGIN CERTIFICATE-----
MIIBeDCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjAjMSEwHwYDVQQDDBhrM3Mtc2Vy
dmVyLWNhQDE3ODAyNzIwMDAwHhcNMjYwNjAxMDAwMDAwWhcNMzYwNjAxMDAwMDAw
WjAjMSEwHwYDVQQDDBhrM3Mtc2VydmVyLWNhQDE3ODAyNzIwMDAwWTATBgcqhkjO
PQIBBggqhkjOPQMBBwNCAAS+4fr8pgIFPrKjUdcDb2du0d4PpzDEV3kGGGRseTN/
/lcZjjyS+UvAKY6Yrnp0QDM2E5O/KcL7XaUiA7HFx2Teo0IwQDAPBgNVHRMBAf8E
BTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUz4hQThTFQDKJU/f/hSt9
BdyK8bYwCgYIKoZIzj0EAwIDSQAwRgIhAKnZ5LoeY2HXJkvdl756X49ZLkroj1j7
jsT7qQGXV+8kAiEAuKWH8M3CC546P5WxIMXhMrASiPuwMr6/7gi7mclGQjI=
-----END CERTIFICATE-----
`;
const stranger = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjAjMSEwHwYDVQQDDBhrM3Mtc2Vy
dmVyLWNhQDE3ODAyNzIwMDAwHhcNMjYwNjAxMDAwMDAwWhcNMzYwNjAxMDAwMDAw
WjAjMSEwHwYDVQQDDBhrM3Mtc2VydmVyLWNhQDE3ODAyNzIwMDAwWTATBgcqhkjO
PQIBBggqhkjOPQMBBwNCAAQrIDh0UGRjL5Mgp2nUOhoJ/MYKvkq1v54Lm+OmhCqp
/B0a1ZZInaNMMYo1fslAQsAM5fkGw6JiGYOAerAJdLaOo0IwQDAPBgNVHRMBAf8E
BTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUtM93S3dr2gjYgyu3KF6O
HesMXvgwCgYIKoZIzj0EAwIDRwAwRAIgBZlgBUc+kzQ95OUo1qB9+3Yb1mS/yTID
E2dmXtbmC/gCIE37vclY+ggap/F/qoY4jJyfcyGE7uEXY1z3Y+s0hD36
-----END CERTIFICATE-----
`;
const leaf = `-----BEGIN CERTIFICATE-----
MIIBizCCATGgAwIBAgIBAjAKBggqhkjOPQQDAjAjMSEwHwYDVQQDDBhrM3Mtc2Vy
dmVyLWNhQDE3ODAyNzIwMDAwHhcNMjYwNjAxMDAwMDAwWhcNMjcwNjAxMDAwMDAw
WjAcMQwwCgYDVQQKDANrM3MxDDAKBgNVBAMMA2szczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABDR2PZrrkrTQuI0Tzh9ukv+75691Us1bof76YyIQ80kB/aCjfBy6
ZAfqfd8J9ccgbQ58M0Pg3T41qtLWCYMqi2SjXTBbMBkGA1UdEQQSMBCHBMCoMguC
CGszcy5zaXRlMB0GA1UdDgQWBBQkwgoiIsdDv6uHwx85BwiaeHD8yzAfBgNVHSME
GDAWgBTPiFBOFMVAMolT9/+FK30F3IrxtjAKBggqhkjOPQQDAgNIADBFAiEAthOk
Kp9cXicwNIiPHJUX3mlFQ9JuYumS9kT1CR+7UJUCIGfb6IF2yxAbzxJnCu6OGqc/
S+nMATj4Zurn9/d9KXVl
-----END CERTIFICATE-----
`;

const saw = (...given: Parameters<typeof judgeCertificate>): string => {
  const judged = judgeCertificate(...given);
  assert.equal(judged.is, 'not-so', judged.saw);
  return judged.saw;
};

test('a certificate of the cluster’s CA with the right names and dates holds', () => {
  assert.deepEqual(judgeCertificate(ca, leaf, names, now), {
    is: 'so',
    saw: 'signed by the cluster’s CA, names 192.168.50.11, k3s.site, valid until 2027-06-01',
  });
  assert.equal(judgeCertificate(stranger + ca, `${leaf}\n${ca}`, names, now).is, 'so');
});

test('another CA of the same name, a missing name, a wrong clock: each is told', () => {
  assert.match(saw(stranger, leaf, names, now), /not signed/);
  assert.match(
    saw(ca, leaf, [...names, '10.0.0.9', 'other.site'], now),
    /does not name 10\.0\.0\.9, other\.site/,
  );
  assert.match(saw(ca, leaf, names, new Date('2026-05-01')), /not valid before 2026-06-01.*clocks/);
  assert.match(saw(ca, leaf, names, new Date('2027-06-02')), /expired on 2027-06-01/);
  assert.match(saw('', leaf, names, now), /CA certificate cannot be read/);
  assert.match(saw(ca, '', names, now), /API certificate cannot be read/);
  assert.match(
    saw(ca, leaf.replace(/[A-Za-z0-9]{20}/, 'AAAAAAAAAAAAAAAAAAAA'), names, now),
    /cannot be read|not signed/,
  );
});

test('a node is ready only when its own condition says so', () => {
  const node = (conditions: unknown[], labels = {}) =>
    JSON.stringify({
      kind: 'Node',
      metadata: { name: 'a', labels },
      status: { conditions, nodeInfo: { kubeletVersion: 'v1.33.5+k3s1' } },
    });
  const ready = { type: 'Ready', status: 'True' };
  assert.deepEqual(
    kubeNode(
      node([ready, { type: 'EtcdIsVoter', status: 'True' }], { 'node-role.kubernetes.io/etcd': 'true' }),
    ),
    {
      name: 'a',
      ready: true,
      says: '',
      etcdVoter: true,
      etcdRole: true,
      version: 'v1.33.5+k3s1',
    },
  );
  assert.equal(kubeNode(node([{ type: 'Ready', status: 'False', message: 'no CNI' }]))?.says, 'no CNI');
  assert.equal(kubeNode(node([]))?.ready, false);
  for (const text of ['', '{}', '[]', 'null', '{"kind":"List"}', 'error: x'])
    assert.equal(kubeNode(text), undefined);
});
