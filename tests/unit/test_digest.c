/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "support/test_support.h"

static void
check_hex(const uint8_t *data, size_t len, const char *wanted)
{
	struct mig_buf out;
	mig_buf_init(&out, 200);
	mig_hex(data, len, &out);
	assert_string_equal(out.data, wanted);
	mig_buf_fini(&out);
}

static void
test_sha256(void **state)
{
	(void)state;
	uint8_t digest[MIG_SHA256_BYTES];
	char hex[MIG_SHA256_HEX];
	mig_sha256("abc", 3, digest);
	check_hex(digest, sizeof(digest),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	mig_sha256_hex("", 0, hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	mig_sha256_hex(NULL, 0, hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
test_md5_buckets(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *hex;
		unsigned bucket;
	} rows[] = {
		{ "enable_new_user_service:user-1", "e9680040de1c641586f59beb8ef87212", 78 },
		{ "enable_new_user_service:user-2", "f72a27e18bd4914f17d352eeb3ff6fda", 10 },
		{ "enable_new_user_service:user-42", "7f8ea7f6e03b9584be06d5a0f219fa95", 1 },
		{ "enable_new_user_service:1000", "d07dd35f1cf6bc4381b35fcdba581087", 31 },
		{ "enable_new_user_service:\xc3\xa9", "0876747e857fb77a3a9c6b57272f4937", 15 },
		{ "enable_new_auth_endpoints:user-1", "ad62e8c98e4492699b4a1e82f867d0ee", 66 },
		{ "enable_new_auth_endpoints:user-42", "ff8d7fc189bd93277bb987c648cf2acb", 83 },
		{ "route_orders_to_cloud:user-2", "8bb88980b307983ac5ed1f6702d363d2", 94 },
		{ "route_orders_to_cloud:", "fd048b0c17f45cba440fa14c8bb45adb", 91 },
		{ "{}", "99914b932bd37a50b983c5e7c90ae93b", 3 },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		uint8_t digest[MIG_MD5_BYTES];
		mig_md5(rows[i].text, strlen(rows[i].text), digest);
		check_hex(digest, sizeof(digest), rows[i].hex);
		/* The bucket is the whole digest, read as one big number, modulo 100. */
		unsigned bucket = 0;
		for (size_t j = 0; j < sizeof(digest); j++)
			bucket = (bucket * 256 + digest[j]) % 100;
		assert_int_equal(bucket, rows[i].bucket);
	}
}

static void
test_hmac_rfc4231(void **state)
{
	(void)state;
	uint8_t key[131];
	uint8_t mac[MIG_SHA256_BYTES];
	memset(key, 0x0b, 20);
	mig_hmac_sha256(key, 20, "Hi There", 8, mac);
	check_hex(mac, sizeof(mac),
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");

	const char *data = "what do ya want for nothing?";
	mig_hmac_sha256("Jefe", 4, data, strlen(data), mac);
	check_hex(mac, sizeof(mac),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");

	/* A key longer than a block is hashed first. */
	memset(key, 0xaa, sizeof(key));
	data = "Test Using Larger Than Block-Size Key - Hash Key First";
	mig_hmac_sha256(key, sizeof(key), data, strlen(data), mac);
	check_hex(mac, sizeof(mac),
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");

	mig_hmac_sha256(NULL, 0, NULL, 0, mac);
	check_hex(mac, sizeof(mac),
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* Known answers of Standard Webhooks: the signed text is id.timestamp.body. */
static void
test_hmac_webhooks(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		const char *signature;
	} rows[] = {
		{ "{\"test\": 2432232314}", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" },
		{ "", "v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=" },
		{ "{\"emoji\":\"\xc3\xa9\xf0\x9f\x98\x80\"}",
		    "IkaZTV/KJzX5ys5dGnfno7S1WB0s68sNN7quYzJOeX0=" },
		{ "{\"a\":1}\n", "gHpkzUwAcTCAx6mVTdVP1Xcvw5OF91BO8CGnDfdstVo=" },
	};
	uint8_t key[64];
	size_t key_len = 0;
	assert_int_equal(mig_base64_decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", key, sizeof(key),
	    &key_len), MIG_OK);
	assert_int_equal(key_len, 24);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_buf text;
		struct mig_buf signature;
		uint8_t mac[MIG_SHA256_BYTES];
		mig_buf_init(&text, 1000);
		mig_buf_init(&signature, 1000);
		mig_buf_printf(&text, "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.%s", rows[i].body);
		mig_hmac_sha256(key, key_len, text.data, text.len, mac);
		mig_base64(mac, sizeof(mac), &signature);
		assert_string_equal(signature.data, rows[i].signature);
		mig_buf_fini(&text);
		mig_buf_fini(&signature);
	}
}

static void
test_base64(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_buf out;
		mig_buf_init(&out, 100);
		mig_base64((const uint8_t *)rows[i][0], strlen(rows[i][0]), &out);
		assert_string_equal(out.data, rows[i][1]);
		mig_buf_fini(&out);
		uint8_t data[10];
		size_t len = 99;
		assert_int_equal(mig_base64_decode(rows[i][1], data, strlen(rows[i][0]), &len),
		    MIG_OK);
		assert_int_equal(len, strlen(rows[i][0]));
		assert_memory_equal(data, rows[i][0], len);
	}
}

static void
test_base64_refuses(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm 9",
		"Zh==", "Zm9=", "Zm-_", "Zm9vZm9", "Z=g=",
	};
	uint8_t data[16];
	memset(data, 7, sizeof(data));
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		size_t len = 99;
		assert_int_equal(mig_base64_decode(rows[i], data, sizeof(data), &len), MIG_EDOC);
		assert_int_equal(len, 99);
		assert_int_equal(data[0], 7);
	}
	size_t len = 99;
	assert_int_equal(mig_base64_decode("Zm9v", data, 2, &len), MIG_ELIMIT);
	assert_int_equal(data[0], 7);
	assert_int_equal(len, 99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_md5_buckets),
		cmocka_unit_test(test_hmac_rfc4231),
		cmocka_unit_test(test_hmac_webhooks),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
