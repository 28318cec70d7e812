/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA decryption by PKCS #1 v1.5: what bad padding gives, and no sign of it. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <string.h>

/* clang-format off */
/* The published key and answers of implicit rejection, as other
 * implementations test it. */
static const struct rsa_numbers published = { {
	"c8cc839714098da56caa23640f93dc8997c16372968fc1b0c6df5113c1c9"
	"4e8b21e48ad2297e65419011b4e6d8f5e73b1b78b257400321d1ef6b602d"
	"4ec8ce8d141c94905eb4ad306639a49206534b6e7f2607423e97dffd133c"
	"88d721399defbc7e96ccdcbd7f3aae1fe892712bfb4929817d511666440a"
	"1facb7a208f5ea165910add8a3f2d497202360ccb632024f0d07169c1918"
	"f316f794b143aef54ec87522a4c02978f9689980bffbf649c307e81819bf"
	"f88409638d48bd94be152b59ff649fa0bd629d0ffa1813c3abf4b56bd3c2"
	"ea5465dffa14589292a9d8a24ad26be7ee0510741b6382d43c83d5bfa40a"
	"46613d062be445517dbcaf0cb4e1a769",
	"010001",
	"1455010e0f2d587663a666a6ff1ccdbbf0edd8100646d02a023922908992"
	"c4ad39e5565929726ef6508c3a71158ef0b6ff751d39d07580bb2d2f0632"
	"10442d0603ff50dbbd7b35fe2c9bb19a47a1af85a4c24901e02ca8b58b79"
	"19b20edf32aacfbf51adb4bc4b61b9b7e968caa4d570f70ef18d80632288"
	"93e47d439efca793259bcf2cd108a3d8688cdf078e7ac799969f2339d2c1"
	"f522b969684629a933baaec2681625eab84f4e56f4447e9d88fb9a199cf7"
	"1023e0e257b14441b33c84d3bc67ca8031d2612618103a7a0a40844262f7"
	"5d8890cd616e51f9035488fd6e099de8ff6d65a4ff118254807c9f58d2fb"
	"ba8ba151dc8c68be349c977a204e04c1",
	"f8f5ad6ba828931bea459b8a3f6dc041d23482409c2571e963f31f748602"
	"a256371b3883ed459ecf970526459edd16e05522f5a45d94751b2ec2daf2"
	"72c7f8816a52c00d18080171634da899d7973222f51b937630548696a9f7"
	"d8c24a59497c1efcd455cfb97ee86d2b6d34972b332fda303f04999b4eb6"
	"b5cc0bb33e7761dd",
	"ce7a2e3b49a90b96330a12dc682bdfbdfbae8dd6dc03b6147aefbd575743"
	"f0f6da4d86235061b71afd9cad2d34025e56ac86b0f7743eb35e1acbca23"
	"7895424465b706ed22175e5718c8c70b6703ea8f6b510f945be48e5a36bb"
	"3c3c91732b589dfc05d72d80903194452bda21348647ec72943f11a846e6"
	"2faebe8eb536b0fd",
	"76fe15f18ae239cdf1df6b445ca4bc6bb968d788c21933a4f5dcd280033d"
	"6712062cc08a6df204c1fbd0be46307443e6dd4a6456375429d4e038ca25"
	"6faf1c9bde91c6b17b76f81995f91c48cbbebc7bf0e3494c08359e4e8cd6"
	"a587d7b96d6221fd7e0fb5c5575f082ee57769798071b2bbb4a32238151b"
	"47314bb654790311",
	"998848b055499a1009cbc7d294b36b1ffdf2020e6e7364053e94de1a000d"
	"c9340587f7e27276f68cdf608d753b63377b03b6f4084d2c027c4b38960a"
	"6233ba9ed9738b76f10ea75be456078bf701f67cc6b3f3fdc186e64336c7"
	"6b372e80910ec80b0adcc23d02fb9ae10486a28248075b4ea7e56ddfcf38"
	"82e451561471a291",
	"643bf746429f7d83667a0653021347efbfc05e6351f821a9debb60e0eccd"
	"e5005ad9e9ec31e558f7e92c29328e74569d7cef7c74cabc2b355ed401a1"
	"a0914b4e3cbb06484e58196051169ed14caa2efa6ea044e054d26144cc16"
	"29c55010558a04e133f44b7c244dac25bf913c57b890ee49f548259cd634"
	"04fef6859dcf975a",
} };

static const struct vector {
	const char *what, *ciphertext, *message;
} vectors[] = {
	{ "a random message",
		"8bfe264e85d3bdeaa6b8851b8e3b956ee3d226fd3f69063a86880173a273"
		"d9f283b2eebdd1ed35f7e02d91c571981b6737d5320bd8396b0f3ad5b019"
		"daec1b0aab3cbbc026395f4fd14f13673f2dfc81f9b660ec26ac381e6db3"
		"299b4e460b43fab9955df2b3cfaa20e900e19c856238fd371899c2bf2ce8"
		"c868b76754e5db3b036533fd603746be13c10d4e3e6022ebc905d20c2a7f"
		"32b215a4cd53b3f44ca1c327d2c2b651145821c08396c89071f665349c25"
		"e44d2733cd9305985ceef6430c3cf57af5fa224089221218fa34737c79c4"
		"46d28a94c41c96e4e92ac53fbcf384dea8419ea089f8784445a492c812eb"
		"0d409467f75afd7d4d1078886205a066",
		"6c6f72656d20697073756d20646f6c6f722073697420616d6574" },
	{ "bad padding: an empty message",
		"20aaa8adbbc593a924ba1c5c7990b5c2242ae4b99d0fe636a19a4cf754ed"
		"bcee774e472fe028160ed42634f8864900cb514006da642cae6ae8c7d087"
		"caebcfa6dad1551301e130344989a1d462d4164505f6393933450c67bc6d"
		"39d8f5160907cabc251b737925a1cf21e5c6aa5781b7769f6a2a583d97cc"
		"e008c0f8b6add5f0b2bd80bee60237aa39bb20719fe75749f4bc4e42466e"
		"f5a861ae3a92395c7d858d430bfe38040f445ea93fa2958b503539800ffa"
		"5ce5f8cf51fa8171a91f36cb4f4575e8de6b4d3f096ee140b938fd2f50ee"
		"13f0d050222e2a72b0a3069ff3a6738e82c87090caa5aed4fcbe882c4964"
		"6aa250b98f12f83c8d528113614a29e7",
		"" },
	{ "bad padding: a message of the greatest length",
		"48cceab10f39a4db32f60074feea473cbcdb7accf92e150417f76b44756b"
		"190e843e79ec12aa85083a21f5437e7bad0a60482e601198f9d86923239c"
		"8786ee728285afd0937f7dde12717f28389843d7375912b07b991f4fdb01"
		"90fced8ba665314367e8c5f9d2981d0f5128feeb46cb50fc237e64438a86"
		"df198dd0209364ae3a842d77532b66b7ef263b83b1541ed671b120dfd660"
		"462e2107a4ee7b964e734a7bd68d90dda61770658a3c242948532da32648"
		"687e0318286473f675b412d6468f013f14d760a358dfcad3cda2afeec5e2"
		"68a37d250c37f722f468a70dfd92d7294c3c1ee1e7f8843b7d16f9f37ef3"
		"5748c3ae93aa155cdcdfeb4e78567303",
		"22d850137b9eebe092b24f602dc5bb7918c16bd89ddbf20467b119d205f9"
		"c2e4bd7d2592cf1e532106e0f33557565923c73a02d4f09c0c22bea89148"
		"183e60317f7028b3aa1f261f91c979393101d7e15f4067e63979b3275165"
		"8ef769610fe97cf9cef3278b3117d384051c3b1d82c251c2305418c8f684"
		"0530e631aad63e70e20e025bcd8efb54c92ec6d3b106a2f8e64eeff7d384"
		"95b0fc50c97138af4b1c0a67a1c4e27b077b8439332edfa8608dfeae653c"
		"d6a628ac550395f7e74390e42c11682234870925eeaa1fa71b76cf1f2ee3"
		"bda69f6717033ff8b7c95c9799e7a3bea5e7e4a1c359772fb6b1c6e6c516"
		"661dfe30c3" },
	{ "bad padding: the length of the last candidate but one",
		"1439e08c3f84c1a7fec74ce07614b20e01f6fa4e8c2a6cffdc3520d8889e"
		"5d9a950c6425798f85d4be38d300ea5695f13ecd4cb389d1ff5b82484b49"
		"4d6280ab7fa78e645933981cb934cce8bfcd114cc0e6811eefa47aae20af"
		"638a1cd163d2d3366186d0a07df0c81f6c9f3171cf3561472e98a6006bf7"
		"5ddb457bed036dcce199369de7d94ef2c68e8467ee0604eea2b300947916"
		"2a7891ba5c40cab17f49e1c438cb6eaea4f76ce23cce0e483ff0e96fa790"
		"ea15be67671814342d0a23f4a20262b6182e72f3a67cd289711503c85516"
		"a9ed225422f98b116f1ab080a80abd6f0216df88d8cfd67c139243be8dd7"
		"8502a7aaf6bc99d7da71bcdf627e7354",
		"0f9b" },
	{ "bad padding: the length of the last candidate but two",
		"1690ebcceece2ce024f382e467cf8510e74514120937978576caf684d4a0"
		"2ad569e8d76cbe365a060e00779de2f0865ccf0d923de3b4783a4e2c74f4"
		"22e2f326086c390b658ba47f31ab013aa80f468c71256e5fa5679b24e83c"
		"d82c3d1e05e398208155de2212993cd2b8bab6987cf4cc1293f199092194"
		"39d74127545e9ed8a706961b8ee2119f6bfacafbef91b75a789ba65b8b83"
		"3bc6149cf49b5c4d2c6359f62808659ba6541e1cd24bf7f7410486b5103f"
		"6c0ea29334ea6f4975b17387474fe920710ea61568d7b7c0a7916acf2166"
		"5ad5a31c4eabcde44f8fb6120d8457afa1f3c85d517cda364af620113ae5"
		"a3c52a048821731922737307f77a1081",
		"4f02" },
	{ "a ciphertext that begins with a zero",
		"00a2e8f114ea8d05d12dc843e3cc3b2edc8229ff2a028bda29ba9d55e3cd"
		"02911902fef1f42a075bf05e8016e8567213d6f260fa49e360779dd81aee"
		"a3e04c2cb567e0d72b98bf754014561b7511e083d20e0bfb9cd23f8a0d3c"
		"88900c49d2fcd5843ff0765607b2026f28202a87aa94678aed22a0c20724"
		"541394cd8f44e373eba1d2bae98f516c1e2ba3d86852d064f856b1daf247"
		"95e767a2b90396e50743e3150664afab131fe40ea405dcf572dd1079af1d"
		"3f0392ccadcca0a12740dbb213b925ca2a06b1bc1383e83a658c82ba2e74"
		"27342379084d5f66b544579f07664cb26edd4f10fd913fdbc0de05ef887d"
		"4d1ec1ac95652397ea7fd4e4759fda8b",
		"6c6f72656d20697073756d" },
	{ "right, with a message of length 0 at hand",
		"b5e49308f6e9590014ffaffc5b8560755739dd501f1d4e9227a7d291408c"
		"f4b753f292322ff8bead613bf2caa181b221bc38caf6392deafb28eb21ad"
		"60930841ed02fd6225cc9c463409adbe7d8f32440212fbe3881c51375bb0"
		"9565efb22e62b071472fb38676e5b4e23a0617db5d14d93519ac0007a30a"
		"9c822eb31c38b57fcb1be29608fcf1ca2abdcaf5d5752bbc2b5ac7dba5af"
		"cff4a5641da360dd01f7112539b1ed46cdb550a3b1006559b9fe1891030e"
		"c80f0727c42401ddd6cbb5e3c80f312df6ec89394c5a7118f573105e7ab0"
		"0fe57833c126141b50a935224842addfb479f75160659ba28877b512bb9a"
		"93084ad8bec540f92640f63a11a010e0",
		"6c6f72656d20697073756d" },
};
/* clang-format on */

enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]), LENGTH = 256 };

static CK_RV
decrypt(struct key *key, const void *ciphertext, size_t length,
	unsigned char *out, CK_ULONG *out_length)
{
	*out_length = LENGTH;
	return run_once(CKM_RSA_PKCS, NULL, 0, CKF_DECRYPT, key, ciphertext,
		length, out, out_length);
}

TEST(decryption_gives_the_published_answers_to_bad_padding)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &published);
	unsigned char out[LENGTH];
	const unsigned char *in, *message;
	size_t i, length, message_length;
	CK_ULONG out_length;

	for (i = 0; i < VECTORS; i++) {
		in = test_hex(vectors[i].ciphertext, &length);
		message = test_hex(vectors[i].message, &message_length);
		EXPECT_RV(decrypt(key, in, length, out, &out_length), CKR_OK);
		EXPECT_BYTES(out, out_length, message, message_length);
	}
	key_free(key);
}

/* The padded text as a number under the public key. */
static void
encrypt_raw(const unsigned char *padded, unsigned char *out)
{
	struct key *key = rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers);
	CK_ULONG length = LENGTH;

	EXPECT_RV(run_once(CKM_RSA_X_509, NULL, 0, CKF_ENCRYPT, key, padded,
			  LENGTH, out, &length),
		CKR_OK);
	EXPECT_NUMBER(length, LENGTH);
	key_free(key);
}

/* Right padding around a key of 16 bytes at the end. */
static void
pad(unsigned char padded[LENGTH])
{
	memset(padded, 0x5a, LENGTH);
	padded[0] = 0;
	padded[1] = 2;
	padded[LENGTH - 17] = 0;
}

static const struct damage {
	const char *what;
	size_t at;
	unsigned char value;
} damages[] = {
	{ "a first byte that is not zero", 0, 1 },
	{ "another block type", 1, 1 },
	{ "padding of seven bytes", 9, 0 },
	{ "padding of none", 2, 0 },
	{ "no end of the padding", LENGTH - 17, 1 },
};

TEST(decryption_of_each_bad_padding_is_ok_and_always_the_same)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	unsigned char padded[LENGTH], in[LENGTH], one[LENGTH], two[LENGTH];
	CK_ULONG one_length, two_length;
	size_t i;

	for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		pad(padded);
		padded[damages[i].at] = damages[i].value;
		encrypt_raw(padded, in);
		EXPECT_RV(decrypt(key, in, LENGTH, one, &one_length), CKR_OK);
		EXPECT_RV(decrypt(key, in, LENGTH, two, &two_length), CKR_OK);
		EXPECT_BYTES(one, one_length, two, two_length);
		EXPECT(one_length <= LENGTH - 11);
		/* It is not what the padded text ends in. */
		EXPECT(one_length < 4 ||
			memcmp(one, padded + LENGTH - one_length, one_length) !=
				0);
	}
	key_free(key);
}

TEST(decryption_takes_the_shortest_padding_and_the_empty_message)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	unsigned char padded[LENGTH], in[LENGTH], out[LENGTH];
	CK_ULONG length;

	pad(padded);
	padded[10] = 0;
	encrypt_raw(padded, in);
	EXPECT_RV(decrypt(key, in, LENGTH, out, &length), CKR_OK);
	EXPECT_BYTES(out, length, padded + 11, LENGTH - 11);
	pad(padded);
	padded[LENGTH - 17] = 0x5a;
	padded[LENGTH - 1] = 0;
	encrypt_raw(padded, in);
	EXPECT_RV(decrypt(key, in, LENGTH, out, &length), CKR_OK);
	EXPECT_NUMBER(length, 0);
	key_free(key);
}

static CK_RV
unwrap(struct key *key, const unsigned char *in, CK_KEY_TYPE type,
	CK_ULONG length, struct secret *plain)
{
	const CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

	return key_unwrap(&mechanism, key, in, LENGTH, type, length, plain);
}

TEST(unwrapping_bad_padding_gives_a_key_of_a_legal_length)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	unsigned char padded[LENGTH], in[LENGTH];
	struct secret plain = { 0 };
	size_t i;

	for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		pad(padded);
		padded[damages[i].at] = damages[i].value;
		encrypt_raw(padded, in);
		EXPECT_RV(unwrap(key, in, CKK_AES, 0, &plain), CKR_OK);
		EXPECT(plain.length == 16 || plain.length == 24 ||
			plain.length == 32);
		secret_clear(&plain);
		EXPECT_RV(unwrap(key, in, CKK_GENERIC_SECRET, 20, &plain),
			CKR_OK);
		EXPECT_NUMBER(plain.length, 20);
		secret_clear(&plain);
	}
	key_free(key);
}

TEST(unwrapping_gives_the_key_of_the_length_that_is_asked_or_another)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	unsigned char padded[LENGTH], in[LENGTH];
	struct secret plain = { 0 };

	pad(padded);
	encrypt_raw(padded, in);
	EXPECT_RV(unwrap(key, in, CKK_AES, 16, &plain), CKR_OK);
	EXPECT_BYTES(plain.at, plain.length, padded + LENGTH - 16, 16);
	secret_clear(&plain);
	EXPECT_RV(unwrap(key, in, CKK_AES, 0, &plain), CKR_OK);
	EXPECT_BYTES(plain.at, plain.length, padded + LENGTH - 16, 16);
	secret_clear(&plain);
	/* A key of another length is no less wrong than bad padding. */
	EXPECT_RV(unwrap(key, in, CKK_AES, 32, &plain), CKR_OK);
	EXPECT_NUMBER(plain.length, 32);
	EXPECT(memcmp(plain.at + 16, padded + LENGTH - 16, 16) != 0);
	secret_clear(&plain);
	key_free(key);
}

TEST(decryption_refuses_other_lengths_and_numbers_beyond_the_modulus)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	unsigned char in[LENGTH], out[LENGTH];
	CK_ULONG length;

	memset(in, 0xff, sizeof(in));
	EXPECT_RV(decrypt(key, in, LENGTH, out, &length),
		CKR_ENCRYPTED_DATA_INVALID);
	EXPECT_RV(decrypt(key, in, LENGTH - 1, out, &length),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	EXPECT_RV(decrypt(key, in, 0, out, &length),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	key_free(key);
}
