using SecKill.Embedded;
using SecKill.ServiceDefaults.Configuration;
using SecKill.Tests.LocalServers.Servers;

namespace SecKill.Tests.Unit.Embedded;

public sealed class DataFolderTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_new_folder_is_open_to_its_owner_alone()
    {
        using var data = new DataFolder(_temporary.Path);

        if (!OperatingSystem.IsWindows())
            Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(data.Root));
    }

    [Fact]
    public void A_folder_in_use_is_refused_at_once_and_by_name()
    {
        using var first = new DataFolder(_temporary.Path);

        var refusal = Assert.Throws<ConfigurationException>(() => new DataFolder(_temporary.Path));

        Assert.Contains(_temporary.Path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Another SecKill is using", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_given_back_can_be_opened_again()
    {
        new DataFolder(_temporary.Path).Dispose();

        new DataFolder(_temporary.Path).Dispose();
    }

    [Fact]
    public void A_folder_of_other_things_is_refused_and_left_as_it_is()
    {
        Directory.CreateDirectory(_temporary.Path);
        File.WriteAllText(Path.Combine(_temporary.Path, "thesis.txt"), "mine");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_temporary.Path, Owner | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);

        Assert.Throws<ConfigurationException>(() => new DataFolder(_temporary.Path));

        Assert.Single(Directory.EnumerateFileSystemEntries(_temporary.Path));
        if (!OperatingSystem.IsWindows())
            Assert.True(File.GetUnixFileMode(_temporary.Path).HasFlag(UnixFileMode.OtherExecute));
    }

    [Fact]
    public void A_fresh_volume_is_accepted_with_the_folder_that_every_volume_has()
    {
        Directory.CreateDirectory(Path.Combine(_temporary.Path, "lost+found"));

        new DataFolder(_temporary.Path).Dispose();

        Assert.True(Directory.Exists(Path.Combine(_temporary.Path, "lost+found")));
    }

    [Fact]
    public void A_volume_that_holds_more_than_that_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_temporary.Path, "lost+found"));
        File.WriteAllText(Path.Combine(_temporary.Path, "thesis.txt"), "mine");

        Assert.Throws<ConfigurationException>(() => new DataFolder(_temporary.Path));
    }

    [Fact]
    public void A_path_through_a_file_is_refused_by_name()
    {
        Directory.CreateDirectory(_temporary.Path);
        var file = Path.Combine(_temporary.Path, "file");
        File.WriteAllText(file, "");

        var refusal = Assert.Throws<ConfigurationException>(() => new DataFolder(Path.Combine(file, "data")));

        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_made_once_and_stays_for_the_life_of_the_folder()
    {
        string first;
        using (var data = new DataFolder(_temporary.Path))
        {
            first = data.ReadOrCreateSecret("a.secret", 32);
            Assert.Equal(first, data.ReadOrCreateSecret("a.secret", 32));
            Assert.NotEqual(first, data.ReadOrCreateSecret("b.secret", 32));
        }
        using var again = new DataFolder(_temporary.Path);

        Assert.Equal(first, again.ReadOrCreateSecret("a.secret", 32));
        Assert.Equal(32, Convert.FromBase64String(first).Length);
    }

    [Fact]
    public void A_secret_is_readable_by_its_owner_alone_and_leaves_no_other_file()
    {
        using var data = new DataFolder(_temporary.Path);
        var file = Path.Combine(data.Root, "a.secret");
        // What a crash in the middle of writing would leave.
        File.WriteAllText(file + ".new", "half");

        data.ReadOrCreateSecret("a.secret", 32);

        if (!OperatingSystem.IsWindows())
            Assert.Equal(Owner, File.GetUnixFileMode(file));
        Assert.False(File.Exists(file + ".new"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64 at all, but long enough to be one!!")]
    public void A_damaged_secret_is_reported_and_not_replaced(string content)
    {
        using var data = new DataFolder(_temporary.Path);
        var file = Path.Combine(data.Root, "a.secret");
        File.WriteAllText(file, content);

        var refusal = Assert.Throws<ConfigurationException>(() => data.ReadOrCreateSecret("a.secret", 32));

        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(file));
    }

    [Fact]
    public void A_file_without_a_key_of_receipts_is_reported_and_not_replaced()
    {
        using var data = new DataFolder(_temporary.Path);
        Assert.Equal(data.ReceiptKeys, data.ReceiptKeys);
        var file = Path.Combine(data.Root, "receipts.pem");
        File.WriteAllText(file, "");

        var refusal = Assert.Throws<ConfigurationException>(() => data.ReceiptKeys);

        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("sub/secret")]
    [InlineData("")]
    public void A_secret_cannot_be_placed_outside_the_folder(string name)
    {
        using var data = new DataFolder(_temporary.Path);

        Assert.Throws<ArgumentException>(() => data.ReadOrCreateSecret(name, 32));
    }
}
