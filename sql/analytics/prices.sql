CREATE TABLE prices (
  model_provider text NOT NULL DEFAULT '',
  model_name text NOT NULL CHECK (model_name <> ''),
  valid_from timestamptz NOT NULL DEFAULT '-infinity',
  valid_until timestamptz NOT NULL DEFAULT 'infinity',
  input_price numeric NOT NULL CHECK (input_price >= 0 AND input_price < 1e300),
  output_price numeric NOT NULL CHECK (output_price >= 0 AND output_price < 1e300),
  currency text NOT NULL CHECK (currency <> ''),
  PRIMARY KEY (model_provider, model_name, valid_from),
  CONSTRAINT prices_range CHECK (valid_from < valid_until),
  -- Rollups know the quarter hour, not the moment.
  CONSTRAINT prices_quarter_hours CHECK (
    (NOT isfinite(valid_from) OR date_bin('15 minutes', valid_from, '1970-01-01 00:00+00') = valid_from)
    AND (NOT isfinite(valid_until) OR date_bin('15 minutes', valid_until, '1970-01-01 00:00+00') = valid_until))
);
COMMENT ON TABLE prices IS
  'What models cost, for rows that told no price: statistics fill them in when asked, so a price that is added or corrected counts for the past too. What a client told always wins. Of several that are valid, the provider''s own goes before one for any provider, then the one that began last.';
COMMENT ON COLUMN prices.model_provider IS 'As logged; empty: any provider.';
COMMENT ON COLUMN prices.valid_from IS 'First moment, a full quarter hour.';
COMMENT ON COLUMN prices.valid_until IS 'First moment at which it does not hold any more, a full quarter hour.';
COMMENT ON COLUMN prices.input_price IS 'Per 1,000,000 input tokens.';
COMMENT ON COLUMN prices.output_price IS 'Per 1,000,000 output tokens.';

CREATE FUNCTION price_at(model_provider text, model_name text, at timestamptz) RETURNS TABLE (input_price numeric, output_price numeric, currency text)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT p.input_price, p.output_price, p.currency FROM prices p
  WHERE p.model_name = price_at.model_name AND p.model_provider IN (price_at.model_provider, '') AND p.valid_from <= at AND at < p.valid_until
  ORDER BY p.model_provider = '', p.valid_from DESC LIMIT 1;
END;
COMMENT ON FUNCTION price_at(text, text, timestamptz) IS 'The price of a model at a time, per 1,000,000 tokens; no row where none is known.';

CREATE FUNCTION unpriced_input(input_tokens bigint, output_tokens bigint, total_tokens numeric) RETURNS numeric
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT coalesce(input_tokens, greatest(total_tokens - coalesce(output_tokens, 0), 0));
END;
COMMENT ON FUNCTION unpriced_input(bigint, bigint, numeric) IS 'The tokens that the input price is taken for: what is not known to be output is input.';
