/** What real consoles print. */
export const boot = [
  '[    0.000000] Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)',
  '[    0.812345] pci 0000:00:02.0: vgaarb: setting as boot VGA device',
  '[    1.234567] usb 1-1: new high-speed USB device number 2 using xhci_hcd',
  '[    2.345678] EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode. Quota mode: none.',
  '[\u001b[0;32m  OK  \u001b[0m] Started \u001b[0;1;39mk3s.service\u001b[0m - Lightweight Kubernetes.',
  '         Starting \u001b[0;1;39mssh.service\u001b[0m - OpenBSD Secure Shell server...',
]
  .map(line => `${line}\r\n`)
  .join('');

export const samples: Readonly<Record<string, string>> = {
  boot,
  'a login prompt': '\r\nDebian GNU/Linux 12 node-1 ttyS0\r\n\r\nnode-1 login: ',
  'capitals and numbers':
    'DRAM: 2 GiB MMC: SDHCI CARD=0 ABCDEF0123456789\r\nUUUUUUUUUUUU 0x00FF00FF\r\n'.repeat(4),
  'a shell prompt': '\r\nroot@node-1:~# ',
  'other scripts': 'Größe der Überprüfung: läuft weiter ... fertig\r\nпроверка диска завершена\r\n'.repeat(3),
  yaml: 'apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: coredns-7b98449c4-x2lqp\r\n'.repeat(3),
};
