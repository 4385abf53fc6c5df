/**
 * Answers of macOS 14's `diskutil list -plist` and `diskutil info -plist`, as `plutil -convert json` prints them: a laptop
 * with its own APFS disk, a FAT stick with an EFI part, an encrypted APFS stick, a card in the built-in reader without
 * partitions, and an opened disk image.
 */
export const list = JSON.stringify({
  AllDisks: ['disk0', 'disk0s1', 'disk0s2', 'disk3', 'disk3s1', 'disk3s1s1', 'disk3s5', 'disk4', 'disk4s1'],
  AllDisksAndPartitions: [
    {
      Content: 'GUID_partition_scheme',
      DeviceIdentifier: 'disk0',
      OSInternal: false,
      Partitions: [
        { Content: 'Apple_APFS_ISC', DeviceIdentifier: 'disk0s1', DiskUUID: 'A0C85363', Size: 524288000 },
        { Content: 'Apple_APFS', DeviceIdentifier: 'disk0s2', DiskUUID: '72914C17', Size: 494384795648 },
      ],
      Size: 500277792768,
    },
    {
      APFSPhysicalStores: [{ DeviceIdentifier: 'disk0s2' }],
      APFSVolumes: [
        {
          CapacityInUse: 10309738496,
          DeviceIdentifier: 'disk3s1',
          DiskUUID: '0C5E21B4',
          MountedSnapshots: [
            {
              Sealed: 'Yes',
              SnapshotBSD: 'disk3s1s1',
              SnapshotMountPoint: '/',
              SnapshotName: 'com.apple.os.update',
            },
          ],
          OSInternal: false,
          Size: 494384795648,
          VolumeName: 'Macintosh HD',
        },
        {
          DeviceIdentifier: 'disk3s5',
          MountPoint: '/System/Volumes/Data',
          OSInternal: false,
          Size: 494384795648,
          VolumeName: 'Data',
        },
      ],
      Content: 'EF57347C-0000-11AA-AA11-00306543ECAC',
      DeviceIdentifier: 'disk3',
      OSInternal: false,
      Partitions: [],
      Size: 494384795648,
    },
    {
      Content: 'GUID_partition_scheme',
      DeviceIdentifier: 'disk4',
      OSInternal: false,
      Partitions: [
        { Content: 'EFI', DeviceIdentifier: 'disk4s1', Size: 209715200, VolumeName: 'EFI' },
        {
          Content: 'Microsoft Basic Data',
          DeviceIdentifier: 'disk4s2',
          MountPoint: '/Volumes/SUPPLY 1',
          Size: 30752636928,
          VolumeName: 'SUPPLY 1',
        },
      ],
      Size: 30963400704,
    },
    {
      Content: 'GUID_partition_scheme',
      DeviceIdentifier: 'disk5',
      OSInternal: false,
      Partitions: [{ Content: 'Apple_APFS', DeviceIdentifier: 'disk5s2', Size: 63800000000 }],
      Size: 64023257088,
    },
    {
      APFSPhysicalStores: [{ DeviceIdentifier: 'disk5s2' }],
      APFSVolumes: [
        { DeviceIdentifier: 'disk6s1', OSInternal: false, Size: 63800000000, VolumeName: 'SEALED' },
      ],
      Content: 'EF57347C-0000-11AA-AA11-00306543ECAC',
      DeviceIdentifier: 'disk6',
      OSInternal: false,
      Partitions: [],
      Size: 63800000000,
    },
    {
      Content: '',
      DeviceIdentifier: 'disk7',
      MountPoint: '/Volumes/CARD',
      OSInternal: false,
      Size: 7948206080,
      VolumeName: 'CARD',
    },
    {
      Content: 'GUID_partition_scheme',
      DeviceIdentifier: 'disk8',
      OSInternal: false,
      Partitions: [
        {
          Content: 'Apple_HFS',
          DeviceIdentifier: 'disk8s1',
          MountPoint: '/Volumes/Installer',
          Size: 104857600,
          VolumeName: 'Installer',
        },
      ],
      Size: 104900000,
    },
  ],
  VolumesFromDisks: ['Macintosh HD', 'Data', 'SUPPLY 1', 'CARD', 'Installer'],
  WholeDisks: ['disk0', 'disk3', 'disk4', 'disk5', 'disk6', 'disk7', 'disk8'],
});

const info = (id: string, more: object) => ({
  DeviceIdentifier: id,
  DeviceNode: `/dev/${id}`,
  Ejectable: true,
  Internal: false,
  MediaName: '',
  MountPoint: '',
  OSInternalMedia: false,
  ParentWholeDisk: /^disk\d+/.exec(id)?.[0] ?? '',
  Removable: true,
  RemovableMedia: true,
  RemovableMediaOrExternalDevice: true,
  SystemImage: false,
  BusProtocol: 'USB',
  VirtualOrPhysical: 'Physical',
  VolumeName: '',
  WholeDisk: /^disk\d+$/.test(id),
  Writable: true,
  WritableMedia: true,
  WritableVolume: false,
  ...more,
});

export const infos: Readonly<Record<string, object>> = {
  disk4: info('disk4', { MediaName: 'Ultra Fit', TotalSize: 30963400704, Size: 30963400704 }),
  disk4s2: info('disk4s2', {
    FilesystemName: 'MS-DOS FAT32',
    FilesystemType: 'msdos',
    FilesystemUserVisibleName: 'MS-DOS (FAT32)',
    FreeSpace: 30000000000,
    MountPoint: '/Volumes/SUPPLY 1',
    TotalSize: 30752636928,
    VolumeName: 'SUPPLY 1',
    WritableVolume: true,
  }),
  disk5: info('disk5', { MediaName: 'Extreme', TotalSize: 64023257088 }),
  disk6s1: info('disk6s1', {
    Encryption: true,
    FileVault: true,
    FilesystemName: 'APFS',
    FilesystemType: 'apfs',
    Locked: true,
    TotalSize: 63800000000,
    VirtualOrPhysical: 'Virtual',
    VolumeName: 'SEALED',
  }),
  disk7: info('disk7', {
    BusProtocol: 'Secure Digital',
    FilesystemType: 'exfat',
    Internal: true,
    MediaName: 'Built In SDXC Reader',
    MountPoint: '/Volumes/CARD',
    TotalSize: 7948206080,
    VolumeName: 'CARD',
    WritableMedia: false,
  }),
  disk8: info('disk8', { BusProtocol: 'Disk Image', MediaName: 'Disk Image', VirtualOrPhysical: 'Virtual' }),
  disk8s1: info('disk8s1', {
    BusProtocol: 'Disk Image',
    FilesystemType: 'hfs',
    MountPoint: '/Volumes/Installer',
    VolumeName: 'Installer',
  }),
};
