-- Whoever installs the extension grants what is needed: EXECUTE on logging functions, SELECT on views. Nothing is open to everyone.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA @extschema@ FROM PUBLIC;
REVOKE ALL ON ALL PROCEDURES IN SCHEMA @extschema@ FROM PUBLIC;
