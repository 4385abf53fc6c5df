/**
 * The answer of Windows PowerShell 5.1 to what is asked: the laptop's own disk, a FAT stick with a letter, one that is
 * locked by BitLocker, one without a letter, a card, and a stick Windows itself was started from.
 */
const row = (more: object) => ({
  Number: 1,
  FriendlyName: 'SanDisk Ultra Fit',
  SerialNumber: '4C530001',
  BusType: 'USB',
  IsBoot: false,
  IsSystem: false,
  IsReadOnly: false,
  PartitionNumber: 1,
  Type: 'FAT32 XINT13',
  DriveLetter: 'E',
  PartitionSize: 30752636928,
  FileSystemLabel: 'SUPPLY',
  FileSystem: 'FAT32',
  DriveType: 'Removable',
  Size: 30744248320,
  ...more,
});
const own = {
  Number: 0,
  FriendlyName: 'Samsung SSD 980 PRO',
  SerialNumber: '0025_38B1_2100_1C3B.',
  BusType: 'NVMe',
  IsBoot: true,
  IsSystem: true,
  DriveType: 'Fixed',
};

export const stick = row({});
export const rows = [
  row({ ...own, Type: 'System', DriveLetter: '\u0000', FileSystemLabel: '', PartitionSize: 104857600 }),
  row({
    ...own,
    PartitionNumber: 3,
    Type: 'Basic',
    DriveLetter: 'C',
    FileSystem: 'NTFS',
    FileSystemLabel: '',
  }),
  stick,
  row({
    Number: 2,
    FriendlyName: 'Kingston DataTraveler 3.0 ',
    SerialNumber: '  60A44C41  ',
    Type: 'IFS',
    DriveLetter: 'F',
    FileSystemLabel: '',
    FileSystem: '',
    Size: 0,
  }),
  row({
    Number: 3,
    PartitionNumber: 2,
    Type: 'Basic',
    DriveLetter: '\u0000',
    FileSystemLabel: 'NOLETTER',
    FileSystem: 'NTFS',
  }),
  row({
    Number: 4,
    FriendlyName: 'SD Card Reader',
    SerialNumber: null,
    BusType: 'SD',
    IsReadOnly: true,
    DriveLetter: 'G',
    FileSystemLabel: 'CARD',
    FileSystem: 'exFAT',
  }),
  row({ Number: 5, FriendlyName: 'To Go', IsBoot: true, DriveLetter: 'H', FileSystem: 'NTFS' }),
  row({ Number: 6, FriendlyName: 'WDC WD10', BusType: 'SATA', DriveType: 'Fixed', DriveLetter: 'D' }),
];
