/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA of other lengths: the longest, and some that are odd. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <string.h>

enum { LENGTH_MAX = 1024 };

/* clang-format off */
/* Made for these tests: 8192 bits, without what follows from the primes. */
static const struct rsa_numbers longest = { {
	[RSA_N] =
		"a9c7a289d0b2b6e2936a9bd6d1b0c679d460822e939bce696ad5c5d6bba9"
		"5aea0b0b026d85f3a30fa0b043e1365f42fe5a439ea125ceec12ca0865cc"
		"ecbc2226a4037ac049d5d5bd4677d48fa57e2b3c75942e06ecb66915100d"
		"101469153235ddf93f81d0877c89ce137117885a7605864cce0f5a4ed3b9"
		"82f5f1496b9b01be79a37541987aa9b187e6c9b2f3bb8a60ff89e8098acd"
		"c2deb8f5c45ddc3306e6c1787209e9b0d959e4a6ae9ce08aa08231160dad"
		"0179db1f1de3b0b40d2c2073fc7f88fd6eaf8f99107c9b32c682d5417e92"
		"41e3e13853796a65f1a2655da70a9d3c139fe1799c68a6355a4bff9aace0"
		"e07934ade67f929fbf877c7f5a132f8c23d96cfb2e7f929cf38d4894d927"
		"62596a8831f72f0f25be78f7013ecc418c8b12ac287c1afb1d0874d5df29"
		"5534ceb9214a07f7f8de014986c955beeddfa281daf5fc2b764c8dd99094"
		"01f8a950a6a1fb87f7e9a7fb2905b9f5a53d90b74e794f50261fb665e169"
		"919773f480c4fdae7ed09a9f9acf723cb8d8c5aa70565812fa3cebbba0a5"
		"24828f1da1fc3147e13cc53383b7d715eec8af2e201034f45babf8472aad"
		"2172ce460af7eca678bd69205f72c8913a4130d554b7deabb1eeb557cbe1"
		"ecd3a551f18a4c037f8a7ddcb65f92e2a8317cfd5fcdfe2b6e44f80b9a14"
		"d9d8433a63a6e4fe6d2500a7e9975bf833efa25efad68b28e7a7a496fea8"
		"bee2d7544cd495c1def35003543bbdef361c384ba87c20bc52396f8d949e"
		"dfa7eaf082301d0b1f2ba17aa1100b9daab227d883c17162121e3cd6da3a"
		"1d86e7d9be223343f17f0179a03e1aaf0d8862ca767954695756c1db8535"
		"db99e26d23c632142c837e1beee9431afca9dd6ad082ede655e73cfb0e78"
		"a7454f0a781556a9aa148d5b8cbaed6a5484e45dd274453c2592ca7be037"
		"25a23ef4420070f49e4d9e0b676360881c61dec6508de9371b31b4e2276f"
		"c235bf4cea8c49f6a88a98eadb8972aaebe4c1230628da58a876da92fac5"
		"7cfff71ced2ea407f8e2cc64c5ee2462a75a2ce939e22662b1053f95ec93"
		"e597beeb55153347ae3cb298efd761cbd53d7826349864db4bec7b1e9a5a"
		"296e51688f2aafc9bc16cce1911e7d941ff2af47c3b8345cdfaac524d23a"
		"396ef421a235f8b13ad0f1bece080ecbcc3becdfec7af3d18a4c5050f6ed"
		"e42d748fdb038eb1b2172e619115d9c6e27277ae22e91a8085a279c08066"
		"67e8f259096701d572fb50090b7c1552b10796c363a970e3c4b1a600ee90"
		"fcb5cb5b3d4e2f366302944c8ac61097cba3c2100afcc9c54d70ad3a4d25"
		"899fe1fbdbbef3b79f1c90ea4f0cb3db73ca7341fc4a8839c8be96ae9039"
		"239b36ad36f564a258337296887a5ec6e415e24122618587d2a11b2a4b8a"
		"624b57233640c6fb368a4532a18a7c1d64fb27106c133cbf3bade13c9d65"
		"e831522f",
	[RSA_E] =
		"010001",
	[RSA_P] =
		"e8d8815f4356133197cf29d10d3d698a4820e055b8004d788c0ba22a4c7d"
		"df49196079180c1618a6184588c7eddf9925d20ef07d642a27daaf51dfbc"
		"7264d445d804c6cc157d01c962dc2b8ae756fc84ce8bedb4f3b2169873b7"
		"dd409e4e727cd889f9824772a6e8793d6e8a9f9e027b9be03443653e465e"
		"8e0d07445e8ae90106466a58fe5558edb270a41d1d1c66443f4d5cedb612"
		"21d9ccd5b4e1841bdabd3660fbf0a55c6a2b6d611400b4c929cd151bece7"
		"348ea1773de5daa716de27a22a068b7c4bff6045dbf4daea1752f6a42e8c"
		"7325350a7e0eba5eb42ac048fa77a9558801508f418092afa6c00c074a66"
		"da56840d96ed665be116f375b57930e3083e28b0795716a1bd12ba5d27d2"
		"fdf6d5bb4e1f184cb2f76a1b3eca8a83d0efd287159e49f0f9c974dbdc18"
		"98529c66f94295747fe0b016ab627db8eab042c7f8a7e769f442414c61b2"
		"08cd4661dc6f550aaa964e4e9983107e597c24ff6125d8769cc559209a47"
		"8d1d4c8bcf10db2fe86f98e6436c67889a6e4476357b4b7ece6d122954d3"
		"5e7132633d5144228e5cb0a604b60f9fc7f194697a1c88d8d9c48727dfc7"
		"7977eee2093a21a4420bc2dc60978d91de1c3de1abaa537c0491470d46de"
		"345a1715468061a9ac068b137d3142846edb1df1dcb13299ba01c44394f7"
		"e70b2537dd0369b00c67b31695c4efb90e382a6d82ac8451437d61369cdb"
		"cd4b",
	[RSA_Q] =
		"baa9ad49891f6f09dfd46ec0c57baa156c7927f046f04d67b760ee30135a"
		"f8645cefda96563dcaae02f145f28f45c54956552e56d4a8c137f886ca37"
		"7feac6899075bee390d16e5c92104b61d826dc61b5675700a9d6a51a8242"
		"aad52e3d426cc2302f5016d2015ac58916b57b3a59a38c676eb69b0439ef"
		"1ba33f71e9993206997cbfaa566fe71c308ab76ecbd10098e4d1ff15847d"
		"158de7f2a748f18953b91c7da740cea47feef97c36d2eacc249085642226"
		"58796bf3e39e01d29bf2df2350bfeb6cbfd62901c06e1faa2907901dec69"
		"c7737f7ecc244f01dc0d329db1723bdab0f3ef13bf47d643171f08786055"
		"e5be56ac3ae5be37905d863afe99c698168022fcc8855854e647229da4e1"
		"768128c9af2450dc701feb27be3c768d966ec769271ca1df032e5ebddf0a"
		"f03ee212fea3953292ed1411f132b888d17a727a2b6f74cb057b472383c2"
		"b2662379994ae2b4b4f88bedf1394c78d7c5a53f58949ae24b4b63029103"
		"a97348b7a98ffe319c38818b618e591030c41530647d753665e3c596ca1c"
		"ee4f92a8eca6536129fef64f95a853a88e3b23a87fdf32b5e8ea1c710d5b"
		"d7a9883cf9f5d5ec4183caf1fe7260bdbcf0aa164c79a6039343f009049c"
		"12aa6e0c0aca99a8be10f62975a324668aeacfa934cd66b95ff6818a3b1a"
		"1f0aed41c626c0dcef4cf1b5199627d5fd06fb292c16457d1b76bb17ddb1"
		"342d",
} };

/* And 2049 bits. */
static const struct rsa_numbers odd = { {
	[RSA_N] =
		"01e4e2a20df509ad212470f3fbbf2cc903b3f40518f1c29458a9449aa79a"
		"d2c433cafcc75c1e184208f92325650df31842aba5053a8ecc92fe9b5465"
		"1bc7c815fc10af0d9d9799e8f0d8b0ff20467718cf0194982495a5de4ace"
		"bd6979d0ee0617761c8065d02d379f5847afffa6e389f6cae833c27a6acb"
		"5ebfc117a214237e3fa7fddf27dab43dc363c921ca6cd0c60efdf07390b1"
		"bb75b6dceaa00e4ad0b9d1ab4f609e9b4d8d73df8c06b27ae31c34e482b6"
		"185c4629272bfcdb3f6f5a3ced58752cdb9508cac2154030ee3ce697027d"
		"39aa11ce80540d70926be6279c25dae13bcfe0215f930dd52b739cef338f"
		"7aa9c18699856a1196c63f8c9e9ceb039d",
	[RSA_E] =
		"010001",
	[RSA_P] =
		"01f5073ca2547c1030c3ec2a4239e7142f9a38f9455d75b206f0edf3a8a0"
		"c0b3aab8fbb200c11913af234e39a7933e0462ba864b400616df61231b03"
		"cd31022565c534ddf717480be3744e1d8c4ee3b41df0abd1cce3ce71cfea"
		"ca98b3e77cc5a54276e9f339ee9842dcdb092f488c7f828034acb278f88e"
		"98bbd3373ff8f5f591",
	[RSA_Q] =
		"f7c07306f3e9325c408449061a6ec6926d233386fb79fdfe23bf95441e41"
		"03e023d5916e5353280ea81c5c5f977a734a880e76f243e3c04fb1661109"
		"96156cbf3f1dc0ea421dbef6f56efb6f72b8f5db7f37cf9f83dd9e965c7f"
		"eff4e83bc2f20fbdc6d509ca93d364bc5b5de65511e44c1473c0de8c1d82"
		"181c6265814e374d",
} };
/* clang-format on */

static unsigned char message[LENGTH_MAX];

/* Signatures and encryption by every padding, there and back. */
static void
use_all(struct key *private, struct key *public, CK_ULONG length)
{
	const CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA512, CKG_MGF1_SHA512,
		(key_size(private) + 6) / 8 - 2 - 64 };
	const CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA512, CKG_MGF1_SHA512,
		CKZ_DATA_SPECIFIED, NULL, 0 };
	const struct {
		CK_MECHANISM_TYPE type;
		const void *parameter;
		size_t parameter_length;
		CK_ULONG input;
	} signs[] = {
		{ CKM_RSA_PKCS, NULL, 0, length - 11 },
		{ CKM_RSA_X_509, NULL, 0, length - 1 },
		{ CKM_SHA512_RSA_PKCS, NULL, 0, LENGTH_MAX },
		{ CKM_SHA512_RSA_PKCS_PSS, &pss, sizeof(pss), LENGTH_MAX },
	}, crypts[] = {
		{ CKM_RSA_PKCS, NULL, 0, length - 11 },
		{ CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep), length - 130 },
	};
	unsigned char out[LENGTH_MAX], again[LENGTH_MAX];
	CK_ULONG out_length, again_length;
	size_t i;

	memset(message, 0x42, sizeof(message));
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		out_length = sizeof(out);
		EXPECT_RV(run_once(signs[i].type, signs[i].parameter,
				  signs[i].parameter_length, CKF_SIGN, private,
				  message, signs[i].input, out, &out_length),
			CKR_OK);
		EXPECT_NUMBER(out_length, length);
		EXPECT_RV(verify_once(signs[i].type, signs[i].parameter,
				  signs[i].parameter_length, public, message,
				  signs[i].input, out, out_length),
			CKR_OK);
	}
	for (i = 0; i < sizeof(crypts) / sizeof(crypts[0]); i++) {
		out_length = sizeof(out);
		EXPECT_RV(
			run_once(crypts[i].type, crypts[i].parameter,
				crypts[i].parameter_length, CKF_ENCRYPT, public,
				message, crypts[i].input, out, &out_length),
			CKR_OK);
		again_length = crypts[i].input;
		EXPECT_RV(
			run_once(crypts[i].type, crypts[i].parameter,
				crypts[i].parameter_length, CKF_DECRYPT,
				private, out, out_length, again, &again_length),
			CKR_OK);
		EXPECT_BYTES(again, again_length, message, crypts[i].input);
	}
}

TEST(rsa_of_8192_bits_fits_everywhere)
{
	struct attributes attributes;
	struct key *private = NULL;
	struct key *public = rsa_key_of(CKO_PUBLIC_KEY, &longest);

	/* Trusted, since proving primes of this length takes seconds. */
	attributes_of_rsa(&attributes, CKO_PRIVATE_KEY, &longest);
	EXPECT_RV(key_new(attributes.at, attributes.count, true, &private),
		CKR_OK);
	use_all(private, public, LENGTH_MAX);
	key_free(private);
	key_free(public);
}

/* The encoded message of PSS is a byte shorter than the modulus. */
TEST(rsa_of_2049_bits_has_a_byte_for_one_bit)
{
	struct key *private = rsa_key_of(CKO_PRIVATE_KEY, &odd);
	struct key *public = rsa_key_of(CKO_PUBLIC_KEY, &odd);

	EXPECT_NUMBER(key_size(private), 2049);
	use_all(private, public, 257);
	key_free(private);
	key_free(public);
}

TEST(rsa_is_generated_with_the_length_that_is_asked)
{
	struct key *private, *public;
	CK_ULONG bits = 2050;

	pair_of(CKM_RSA_PKCS_KEY_PAIR_GEN, CKA_MODULUS_BITS, &bits,
		sizeof(bits), &private, &public);
	EXPECT_NUMBER(key_size(private), bits);
	key_free(private);
	key_free(public);
}
