-- Checks options; declared here because the wrapper needs it.
CREATE FUNCTION check_destination(options text[], catalog oid) RETURNS void
  LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'check_destination_wrapper';
COMMENT ON FUNCTION check_destination(text[], oid) IS 'The validator of the foreign-data wrapper dify_observe.';

-- No tables: its servers are destinations of export. Whoever has USAGE on it can make the server send what is logged to any address.
CREATE FOREIGN DATA WRAPPER dify_observe VALIDATOR check_destination;
COMMENT ON FOREIGN DATA WRAPPER dify_observe IS
  'Destinations of export: CREATE SERVER name FOREIGN DATA WRAPPER dify_observe OPTIONS (endpoint ''https://…'') and CREATE USER MAPPING FOR PUBLIC SERVER name OPTIONS (api_key ''…''). Options of a server: profile (or preset), endpoint, project, workspace, protocol, signals, tenant_id, app_id, include_content, sampling_rate, compression, timeout, ca_file, start_at, enabled; of a mapping: headers, api_key, api_key_file, public_key, secret_key, space_id, username, password. Only mappings FOR PUBLIC are used. Whoever is granted USAGE may create one.';
