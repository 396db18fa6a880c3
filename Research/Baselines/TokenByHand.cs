using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SecKill.Research.Baselines;

/// <summary>As little as it takes to check an HS256 token: its signature, its expiry, and that it names a user.</summary>
internal sealed class TokenByHand(byte[] key)
{
    private const string Prefix = "Bearer ";
    private const int MaxLength = 1024;
    private const int SignatureLength = 43;

    public bool IsValid(string header)
    {
        var token = header.AsSpan();
        if (token.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            token = token[Prefix.Length..];
        if (token.Length > MaxLength)
            return false;
        Span<byte> bytes = stackalloc byte[token.Length];
        if (!Encoding.ASCII.TryGetBytes(token, bytes, out _))
            return false;

        var (payload, signature) = (bytes.IndexOf((byte)'.'), bytes.LastIndexOf((byte)'.'));
        return payload >= 0 && payload < signature
            && IsSigned(bytes[..signature], bytes[(signature + 1)..])
            && NamesUserNow(bytes[(payload + 1)..signature]);
    }

    private bool IsSigned(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (signature.Length != SignatureLength)
            return false;
        Base64Url.DecodeFromUtf8(signature, given, out _, out var length);
        HMACSHA256.HashData(key, text, expected);
        return length == given.Length && CryptographicOperations.FixedTimeEquals(expected, given);
    }

    private static bool NamesUserNow(ReadOnlySpan<byte> encoded)
    {
        Span<byte> json = stackalloc byte[encoded.Length];
        Base64Url.DecodeFromUtf8(encoded, json, out _, out var length);
        var reader = new Utf8JsonReader(json[..length]);
        var (named, unexpired) = (false, false);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;
            if (reader.ValueTextEquals("username"u8))
                named = reader.Read() && reader.TokenType == JsonTokenType.String;
            else if (reader.ValueTextEquals("exp"u8))
                unexpired = reader.Read() && reader.GetInt64() > DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        }
        return named && unexpired;
    }
}
