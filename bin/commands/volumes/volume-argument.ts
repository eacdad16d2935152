/** Description of an argument that names a storage volume. */
export const VOLUME = 'folder, or file with the configuration of a storage volume';

export const VOLUME_HELP = `
A configuration is a YAML or JSON file (docs/storage-volumes.md), such as
  type: sftp
  args: {hostname: data.example.org, basedir: /sets, host_key: 'SHA256:…', credentials: LAB_LOGIN}
Its credentials are in the variable that it names, here LAB_LOGIN. Needs no server of flowServ.`;
