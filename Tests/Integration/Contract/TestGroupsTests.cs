using System.Reflection;

namespace SecKill.Tests.Integration.Contract;

/// <summary>An abstract group that has no class for a mode, or a server, is not run there, and no report tells.</summary>
public sealed class TestGroupsTests
{
    [Fact]
    public void Each_group_has_a_class_for_either_mode_or_server()
    {
        var types = typeof(TestGroupsTests).Assembly.GetTypes();
        var groups = types.Where(type => type.IsAbstract && type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute))));
        Assert.DoesNotContain(groups, group => types.Count(type => !type.IsAbstract && type.IsSubclassOf(group)) < 2);
    }
}
