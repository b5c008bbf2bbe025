CREATE FUNCTION test_destination(destination text DEFAULT NULL) RETURNS TABLE (signal text, ok boolean, status text, message text)
  LANGUAGE c AS 'MODULE_PATHNAME', 'test_destination_wrapper';
COMMENT ON FUNCTION test_destination(text) IS
  'Sends one empty request per signal to a destination (default, or a foreign server of dify_observe; not enabled ones too) with its address, protocol and credentials, and tells what came back. status: accepted, retry (the peer or the network is at fault), misconfigured, refused. Nothing is logged, counted or stored. The calling transaction waits for the answers, at most the destination''s timeout each. Only for roles that may read the mapping''s credentials: superusers.';
