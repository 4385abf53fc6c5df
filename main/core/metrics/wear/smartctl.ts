import { seriesName } from '../series-name.ts';

/**
 * What `smartctl --json=c -a` told of one disk, under the names of Prometheus' smartctl_exporter
 * (https://github.com/prometheus-community/smartctl_exporter). A disk that gives none of it gives nothing.
 */
export function smartText(device: string, json: string): string {
  let told: Json;
  try {
    told = JSON.parse(json) as Json;
  } catch {
    return '';
  }
  const found: string[] = [];
  const say = (name: string, value: unknown, more: readonly (readonly [string, string])[] = []): void => {
    if (typeof value === 'number' && Number.isFinite(value))
      found.push(`${seriesName(`smartctl_device_${name}`, [['device', device], ...more])} ${value}\n`);
  };
  const nvme = part(told, 'nvme_smart_health_information_log');
  const passed = part(told, 'smart_status')['passed'];
  if (typeof passed === 'boolean') say('smart_status', passed ? 1 : 0);
  say('temperature', part(told, 'temperature')['current'], [['temperature_type', 'current']]);
  say('power_on_seconds', times(part(told, 'power_on_time')['hours'], 3600));
  say('power_cycle_count', told['power_cycle_count']);
  say('percentage_used', nvme['percentage_used'] ?? part(told, 'endurance_used')['current_percent']);
  say('available_spare', nvme['available_spare']);
  say('available_spare_threshold', nvme['available_spare_threshold']);
  say('critical_warning', nvme['critical_warning']);
  say('media_errors', nvme['media_errors']);
  // NVM Express base specification: a data unit is a thousand blocks of 512 bytes.
  say('bytes_written', times(nvme['data_units_written'], 512_000));
  say('bytes_read', times(nvme['data_units_read'], 512_000));
  for (const one of list(part(told, 'ata_smart_attributes')['table'])) {
    const labels = [
      ['attribute_id', String(one['id'])],
      ['attribute_name', String(one['name'])],
    ] as const;
    say('attribute', one['value'], [...labels, ['attribute_value_type', 'value']]);
    say('attribute', one['thresh'], [...labels, ['attribute_value_type', 'thresh']]);
    say('attribute', part(one, 'raw')['value'], [...labels, ['attribute_value_type', 'raw']]);
  }
  return found.join('');
}

type Json = Readonly<Record<string, unknown>>;
const part = (of: Json, name: string): Json =>
  typeof of[name] === 'object' && of[name] !== null ? (of[name] as Json) : {};
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const times = (value: unknown, by: number): unknown => (typeof value === 'number' ? value * by : undefined);
